"""Notifications follow from events: this is what the pipeline calls."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from events.ids import received_at
from events.projections import projections
from events.records import EventRecord
from notifications.occasions import Question, Scope, bring_up_to_date, lock_users
from notifications.rules.base import Rule
from notifications.rules.registry import rules, watched_types


class NotificationsProjection:
    """Keeps the undecided notifications of users what their stored events call for."""

    lock_rank = 20

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Takes new events into account."""
        _look_at(records, now=now, heard=True)

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Works out again what events that were taken out had a part in; what was decided stands."""
        _look_at(records, now=now, heard=False)


def _look_at(records: Sequence[EventRecord], *, now: datetime, heard: bool) -> None:
    watched = watched_types()
    relevant = [record for record in records if record.type in watched]
    if not relevant:
        return
    lock_users(record.user for record in relevant)
    for rule in rules:
        questions = _questions(rule, relevant, heard=heard)
        if questions:
            bring_up_to_date(rule, questions, now=now)


def _questions(rule: Rule, records: Sequence[EventRecord], *, heard: bool) -> dict[Scope, Question]:
    by_scope: dict[Scope, list[EventRecord]] = defaultdict(list)
    for record in records:
        if record.type in rule.watches:
            by_scope[record.user, record.item or "" if rule.per_item else ""].append(record)
    return {
        scope: Question(
            earliest=min(record.time for record in those),
            heard_at=received_at(uuid.UUID(min(record.id for record in those))) if heard else None,
        )
        for scope, those in by_scope.items()
    }


projections.add("notifications", NotificationsProjection())

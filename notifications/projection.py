"""Notifications follow from events: this is what the pipeline calls."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from events.ids import received_at
from events.projections import projections
from events.records import EventRecord
from notifications.history import Scope
from notifications.planning import Change, lock_users, replan
from notifications.rules.base import Rule
from notifications.rules.registry import rules, watched_types


class NotificationsProjection:
    """Keeps the undecided notifications of users what their stored events call for."""

    lock_rank = 20

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Takes new events into account."""
        _replan_users_of(records, now=now, are_new=True)

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Plans again what events that were taken out had a part in; what was decided stands."""
        _replan_users_of(records, now=now, are_new=False)


def _replan_users_of(records: Sequence[EventRecord], *, now: datetime, are_new: bool) -> None:
    watched = watched_types()
    relevant = [record for record in records if record.type in watched]
    if not relevant:
        return
    forgotten = lock_users(record.user for record in relevant)
    for rule in rules:
        changes = _changes(rule, relevant, forgotten, are_new=are_new)
        if changes:
            replan(rule, changes, now=now)


def _changes(
    rule: Rule, records: Sequence[EventRecord], forgotten: Mapping[str, datetime | None], *, are_new: bool
) -> dict[Scope, Change]:
    by_scope: dict[Scope, list[EventRecord]] = defaultdict(list)
    for record in records:
        if record.type in rule.watches:
            by_scope[record.user, record.item or "" if rule.per_item else ""].append(record)
    return {
        scope: Change(
            earliest=min(record.time for record in those),
            accepted_at=received_at(uuid.UUID(min(record.id for record in those))) if are_new else None,
            forgotten_until=forgotten.get(scope[0]),
        )
        for scope, those in by_scope.items()
    }


projections.add("notifications", NotificationsProjection())

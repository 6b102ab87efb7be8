"""Keeps the undecided notifications of users what the stored events call for.

For every rule they are a function of the stored events and of what was decided before; whichever event came first
makes no difference. Decided ones stand. Users are locked, in the order of their keys, before their events are read:
of two transactions that bring events of one user, the later one sees what the other brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from events.database import execute, fetch_all
from events.ids import new_ids
from events.types.times import from_microseconds, microseconds
from notifications.activity import Body, History, NeedsWholeHistory, Planned
from notifications.conf import conf
from notifications.history import Scope, read_histories
from notifications.models import State
from notifications.queries import queries
from notifications.rules.base import Rule

#: Before everything, in microseconds since 1970.
EVER = -(2**63)
TOO_LATE = "known only after the time in which it would have been decided"


@dataclass(frozen=True)
class Change:
    """From when on a scope is to be planned again.

    Attributes:
        earliest: in event time.
        accepted_at: when the first of the new events was accepted; what had been due by then is not brought about any
            more. None: whatever is called for is brought about.
        forgotten_until: of what happened up to then the notifications were deleted for their age; none comes again.
    """

    earliest: datetime
    accepted_at: datetime | None
    forgotten_until: datetime | None = None

    def is_forgotten(self, planned: Planned) -> bool:
        """Whether it was decided so long ago that nobody knows how."""
        return self.forgotten_until is not None and planned.trigger.time <= self.forgotten_until


class Content(NamedTuple):
    """What of a notification may change until it is decided."""

    due_at: datetime
    state: str
    reason: str
    body: Body
    trigger_id: str


@dataclass(frozen=True)
class Stored:
    """A notification as it stands."""

    id: str
    occurred_at: datetime
    deadline_at: datetime
    is_decided: bool
    content: Content


@dataclass(frozen=True)
class _Wanted:
    """A notification as it should stand."""

    scope: Scope
    planned: Planned
    content: Content


def lock_users(users: Iterable[str]) -> dict[str, datetime | None]:
    """Holds these users against everybody else who plans or decides their notifications, until the transaction ends.

    Returns up to when what happened to each is forgotten.
    """
    keys = sorted(set(users))
    if not keys:
        return {}
    execute(queries.create_users.sql, {"users": keys})
    return dict(fetch_all(queries.lock_users.sql, {"users": keys}))


def replan(rule: Rule, changes: Mapping[Scope, Change], *, now: datetime) -> None:
    """Makes the undecided notifications of one rule what the stored events call for. The users are locked."""
    stored = _stored(rule, changes)
    wanted: list[_Wanted] = []
    superfluous: list[str] = []
    for scope, planned in _planned(rule, changes, stored).items():
        left = {row.occurred_at: row for row in stored.get(scope, ())}
        for each in planned:
            row = left.pop(each.trigger.time, None)
            if row is None and changes[scope].is_forgotten(each):
                continue
            content = _content(rule, scope, each, changes[scope], row)
            if row is None or (not row.is_decided and row.content != content):
                wanted.append(_Wanted(scope, each, content))
        superfluous += [row.id for row in left.values() if not row.is_decided]
    if superfluous:
        execute(queries.delete_notifications.sql, {"ids": superfluous})
    if wanted:
        _write(rule, wanted, now=now)


def due_at(planned: Planned) -> datetime:
    """When it is decided: at its deadline or, if that had passed when its trigger arrived, once that has settled."""
    deadline = from_microseconds(planned.deadline_us)
    arrived = planned.trigger.received_at
    return deadline if deadline > arrived else arrived + timedelta(seconds=conf.NOTIFY_SETTLE_SECONDS)


def _content(rule: Rule, scope: Scope, planned: Planned, change: Change, row: Stored | None) -> Content:
    due = due_at(planned)
    is_pending = row is not None and row.content.state == State.PENDING
    reason = planned.prevented_by
    if not reason and not is_pending and change.accepted_at is not None and change.accepted_at > due:
        reason = TOO_LATE
    body = {"type": rule.name, "user_id": scope[0], **planned.body}
    return Content(due, State.CANCELLED if reason else State.PENDING, reason, body, planned.trigger.id)


def _stored(rule: Rule, changes: Mapping[Scope, Change]) -> dict[Scope, list[Stored]]:
    scopes = sorted(changes)
    rows = fetch_all(
        queries.stored_notifications.sql,
        {
            "users": [user for user, _ in scopes],
            "items": [item for _, item in scopes],
            "earliest": [changes[scope].earliest for scope in scopes],
            "rule": rule.name,
            "chained": rule.chained,
        },
    )
    stored: dict[Scope, list[Stored]] = defaultdict(list)
    for row_id, user, item, occurred_at, deadline_at, decided_at, due, state, reason, body, trigger_id in rows:
        content = Content(due, state, reason, msgspec.json.decode(body), trigger_id)
        stored[user, item].append(Stored(row_id, occurred_at, deadline_at, decided_at is not None, content))
    return stored


def _planned(
    rule: Rule, changes: Mapping[Scope, Change], stored: Mapping[Scope, Sequence[Stored]]
) -> dict[Scope, list[Planned]]:
    """What the rule plans for each scope from its change on; a chained rule, from the notification that was running."""
    since = {
        scope: min([change.earliest, *(row.occurred_at for row in stored.get(scope, ()))])
        for scope, change in changes.items()
    }
    planned: dict[Scope, list[Planned]] = {}
    whole = False
    while len(planned) < len(since):
        missing = {scope: moment for scope, moment in since.items() if scope not in planned}
        for scope, (activities, complete) in read_histories(rule, missing, whole=whole).items():
            since_us = microseconds(since[scope])
            decided = _decided(stored.get(scope, ()), forgotten_until=changes[scope].forgotten_until)
            try:
                all_of_scope = rule.plan(History(activities, decided, since_us, complete))
            except NeedsWholeHistory:
                continue
            planned[scope] = [each for each in all_of_scope if each.trigger.time_us >= since_us]
        whole = True
    return planned


def _decided(stored: Sequence[Stored], *, forgotten_until: datetime | None) -> list[tuple[int, int]]:
    decided = [
        (microseconds(row.occurred_at), microseconds(row.deadline_at))
        for row in stored
        if row.is_decided and row.content.state != State.CANCELLED
    ]
    if forgotten_until is not None:
        decided.append((EVER, microseconds(forgotten_until)))
    return decided


def _write(rule: Rule, wanted: Sequence[_Wanted], *, now: datetime) -> None:
    execute(
        queries.write_notifications.sql,
        {
            "rule": rule.name,
            "ids": new_ids(len(wanted)),
            "users": [new.scope[0] for new in wanted],
            "items": [new.scope[1] for new in wanted],
            "trigger_ids": [new.planned.trigger.id for new in wanted],
            "occurred_at": [new.planned.trigger.time for new in wanted],
            "deadline_at": [from_microseconds(new.planned.deadline_us) for new in wanted],
            "due_at": [new.content.due_at for new in wanted],
            "states": [new.content.state for new in wanted],
            "reasons": [new.content.reason for new in wanted],
            "bodies": [msgspec.json.encode(new.content.body).decode() for new in wanted],
            "now": now,
        },
    )

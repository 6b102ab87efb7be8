"""Keeping the undecided notifications of a user what the stored events call for.

For every rule they are a function of the stored events and of what was decided before; whichever event came first
makes no difference. Decided ones stand. Users are locked, in the order of their keys, before their events are read:
of two transactions that bring events of one user, the later one sees what the other brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

import msgspec

from events.database import Row, execute, fetch_all
from events.ids import new_ids
from events.types.times import from_microseconds, microseconds
from notifications.activity import Activity, Body, History, NeedsWholeHistory, Occasion
from notifications.conf import conf
from notifications.models import State
from notifications.queries import queries
from notifications.rules.base import Rule

#: (user, item); the item is empty where a rule is about the user alone.
Scope: TypeAlias = tuple[str, str]

#: Events before the ones in question that are read at first; only what goes back further needs all of them.
DEPTH = 64
WHOLE = 2**62


@dataclass(frozen=True)
class Question:
    """From when on a scope is to be looked at.

    Attributes:
        earliest: in event time.
        heard_at: when the first of the new events was accepted. It may bring about again what was due later than that.
            None: whatever is called for is brought about.
    """

    earliest: datetime
    heard_at: datetime | None


class Content(NamedTuple):
    """What of a notification may change until it is decided."""

    due_at: datetime
    state: str
    reason: str
    body: Body
    trigger_id: str


@dataclass(frozen=True)
class Known:
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
    occasion: Occasion
    due_at: datetime
    state: State
    reason: str
    body: Body

    @property
    def content(self) -> Content:
        return Content(self.due_at, self.state, self.reason, self.body, self.occasion.trigger.id)


def lock_users(users: Iterable[str]) -> None:
    """Holds these users against everybody else who works on their notifications, to the end of the transaction."""
    keys = sorted(set(users))
    if keys:
        execute(queries.create_users.sql, {"users": keys})
        fetch_all(queries.lock_users.sql, {"users": keys})


def bring_up_to_date(rule: Rule, questions: Mapping[Scope, Question], *, now: datetime) -> None:
    """Makes the undecided notifications of one rule what the stored events call for. The users are locked."""
    scopes = sorted(questions)
    known = _known(rule, scopes, questions)
    wanted: list[_Wanted] = []
    gone: list[str] = []
    for scope, occasions in _occasions(rule, scopes, questions, known).items():
        before = {row.occurred_at: row for row in known.get(scope, ())}
        for occasion in occasions:
            row = before.pop(occasion.trigger.time, None)
            new = _wanted(rule, scope, occasion, questions[scope], row)
            if row is None or (not row.is_decided and row.content != new.content):
                wanted.append(new)
        gone += [row.id for row in before.values() if not row.is_decided]
    if gone:
        execute(queries.forget_notifications.sql, {"ids": gone})
    _write(rule, wanted, now=now)


def due_at(occasion: Occasion) -> datetime:
    """When it is decided: at its deadline or, if that had passed when its trigger arrived, once that has settled."""
    deadline = from_microseconds(occasion.deadline_us)
    arrived = occasion.trigger.received_at
    return deadline if deadline > arrived else arrived + timedelta(seconds=conf.NOTIFY_SETTLE_SECONDS)


def _wanted(rule: Rule, scope: Scope, occasion: Occasion, question: Question, row: Known | None) -> _Wanted:
    due = due_at(occasion)
    body = {"type": rule.name, "user_id": scope[0], **occasion.body}
    if occasion.prevented:
        return _Wanted(scope, occasion, due, State.CANCELLED, occasion.prevented, body)
    is_pending = row is not None and row.content.state == State.PENDING
    if not is_pending and question.heard_at is not None and question.heard_at > due:
        reason = "known only after the time in which it would have been decided"
        return _Wanted(scope, occasion, due, State.CANCELLED, reason, body)
    return _Wanted(scope, occasion, due, State.PENDING, "", body)


def _known(rule: Rule, scopes: Sequence[Scope], questions: Mapping[Scope, Question]) -> dict[Scope, list[Known]]:
    rows = fetch_all(
        queries.known_notifications.sql,
        {**_columns(scopes, questions), "rule": rule.name, "chained": rule.chained},
    )
    known: dict[Scope, list[Known]] = defaultdict(list)
    for row_id, user, item, occurred_at, deadline_at, decided_at, due, state, reason, body, trigger_id in rows:
        content = Content(due, state, reason, msgspec.json.decode(body), trigger_id)
        known[user, item].append(Known(row_id, occurred_at, deadline_at, decided_at is not None, content))
    return known


def _columns(scopes: Sequence[Scope], questions: Mapping[Scope, Question]) -> dict[str, list[object]]:
    return {
        "users": [user for user, _ in scopes],
        "items": [item for _, item in scopes],
        "earliest": [questions[scope].earliest for scope in scopes],
    }


def _occasions(
    rule: Rule,
    scopes: Sequence[Scope],
    questions: Mapping[Scope, Question],
    known: Mapping[Scope, Sequence[Known]],
) -> dict[Scope, list[Occasion]]:
    """The occasions of each scope from the question's moment on; of a chained rule, from the running one's on."""
    begins = {
        scope: min([questions[scope].earliest, *(row.occurred_at for row in known.get(scope, ()))]) for scope in scopes
    }
    found: dict[Scope, list[Occasion]] = {}
    depth = DEPTH
    while len(found) < len(scopes):
        missing = [scope for scope in scopes if scope not in found]
        activities = _read(rule, missing, begins, depth=depth)
        for scope in missing:
            done, complete = activities[scope]
            decided = [
                (microseconds(row.occurred_at), microseconds(row.deadline_at))
                for row in known.get(scope, ())
                if row.is_decided and row.content.state != State.CANCELLED
            ]
            since = microseconds(begins[scope])
            try:
                occasions = rule.occasions(History(done, decided, since, complete))
            except NeedsWholeHistory:
                continue
            found[scope] = [occasion for occasion in occasions if occasion.trigger.time_us >= since]
        depth = WHOLE
    return found


def _read(
    rule: Rule, scopes: Sequence[Scope], begins: Mapping[Scope, datetime], *, depth: int
) -> dict[Scope, tuple[list[Activity], bool]]:
    """What was done in each scope, and whether that is all there is."""
    parameters: dict[str, object] = {
        "users": [user for user, _ in scopes],
        "items": [item for _, item in scopes],
        "earliest": [begins[scope] for scope in scopes],
        "types": list(rule.watches),
        "depth": 0 if rule.chained else depth,
    }
    query = queries.item_history if rule.per_item else queries.user_history
    found: dict[Scope, tuple[list[Activity], bool]] = {scope: ([], True) for scope in scopes}
    for row in fetch_all(query.sql, parameters):
        scope, activity = (row[0], row[1]), _activity(row)
        if rule.chained and activity.time < begins[scope]:
            continue
        found[scope][0].append(activity)
        found[scope] = (found[scope][0], row[6])
    rank = {name: position for position, name in enumerate(rule.watches)}
    for activities, _ in found.values():
        # Of one moment and type: by content, so that the order of arrival makes no difference.
        activities.sort(key=lambda activity: (activity.time_us, rank[activity.type], activity.text))
    return found


def _activity(row: Row) -> Activity:
    _, _, event_id, event_type, time_us, text, _ = row
    return Activity(event_id, event_type, time_us, text, msgspec.json.decode(text))


def _write(rule: Rule, wanted: Sequence[_Wanted], *, now: datetime) -> None:
    if not wanted:
        return
    execute(
        queries.write_notifications.sql,
        {
            "rule": rule.name,
            "ids": new_ids(len(wanted)),
            "users": [new.scope[0] for new in wanted],
            "items": [new.scope[1] for new in wanted],
            "trigger_ids": [new.occasion.trigger.id for new in wanted],
            "occurred_at": [new.occasion.trigger.time for new in wanted],
            "deadline_at": [from_microseconds(new.occasion.deadline_us) for new in wanted],
            "due_at": [new.due_at for new in wanted],
            "states": [new.state for new in wanted],
            "reasons": [new.reason for new in wanted],
            "bodies": [msgspec.json.encode(new.body).decode() for new in wanted],
            "now": now,
        },
    )

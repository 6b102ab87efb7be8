"""Deciding, when notifications are due, whether they are sent: once, from what is recorded by then.

The decision is a commit. Only afterwards the notification is posted, so no transaction is open meanwhile, and what is
recorded later changes nothing any more.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from events.database import execute, fetch_all
from notifications.backlog import users_with_backlog
from notifications.conf import conf
from notifications.occasions import Question, Scope, bring_up_to_date, lock_users
from notifications.queries import queries
from notifications.rules.registry import rules

#: Seconds that a worker may stay silent before its deliveries are given to another.
LEASE_SECONDS = 2.0
#: Seconds between two looks at a backlog that holds events of a notification's user.
BACKLOG_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class Delivery:
    """A notification that this worker is to post.

    Attributes:
        attempts: this one included.
        body: the JSON to post.
    """

    id: str
    rule: str
    attempts: int
    due_at: datetime
    body: bytes


@dataclass(frozen=True)
class Decided:
    """What came of a look at some notifications.

    Attributes:
        token: proves that the deliveries are this worker's, until `lease_until` unless it is renewed.
        waiting: ids of those that wait for events of their user, and are to be looked at again at `look_again_at`.
    """

    token: uuid.UUID
    lease_until: datetime
    look_again_at: datetime
    deliveries: list[Delivery] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Open:
    id: str
    rule: str
    user: str
    item: str
    occurred_at: datetime
    due_at: datetime
    is_decided: bool


def decide(ids: Sequence[str], *, now: datetime) -> Decided:
    """Takes those of the notifications that are due and to be sent. Each is taken by one caller, whoever else tries."""
    decided = Decided(
        token=uuid.uuid4(),
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
        look_again_at=now + timedelta(seconds=BACKLOG_PAUSE_SECONDS),
    )
    found = [_Open(*row) for row in fetch_all(queries.open_notifications.sql, {"ids": list(ids), "now": now})]
    if not found:
        return decided
    decided.waiting.extend(_waiting_for_backlog(found, now=now))
    ready = [one for one in found if one.id not in decided.waiting]
    with transaction.atomic():
        _bring_up_to_date([one for one in ready if not one.is_decided], now=now)
        rows = fetch_all(
            queries.lease_notifications.sql,
            {"ids": [one.id for one in ready], "now": now, "token": decided.token, "lease_until": decided.lease_until},
        )
        if decided.waiting:
            _put_off(decided)
    decided.deliveries.extend(
        Delivery(row_id, rule, attempts, due_at, body.encode()) for row_id, rule, attempts, due_at, body in rows
    )
    return decided


def _waiting_for_backlog(found: Sequence[_Open], *, now: datetime) -> set[str]:
    patience = timedelta(seconds=conf.NOTIFY_BACKLOG_SECONDS)
    waiting: set[str] = set()
    by_rule: dict[str, list[_Open]] = defaultdict(list)
    for one in found:
        if not one.is_decided and now < one.due_at + patience:
            by_rule[one.rule].append(one)
    for name, those in by_rule.items():
        due_by_user: dict[str, datetime] = {}
        for one in those:
            due_by_user[one.user] = max(one.due_at, due_by_user.get(one.user, one.due_at))
        late = users_with_backlog(due_by_user, rules.get(name).watches)
        waiting |= {one.id for one in those if one.user in late}
    return waiting


def _bring_up_to_date(found: Sequence[_Open], *, now: datetime) -> None:
    lock_users(one.user for one in found)
    by_rule: dict[str, dict[Scope, Question]] = defaultdict(dict)
    for one in sorted(found, key=lambda one: one.occurred_at, reverse=True):
        # The earliest of a scope is put in last, and stays.
        by_rule[one.rule][one.user, one.item] = Question(one.occurred_at, heard_at=now)
    for name in sorted(by_rule):
        bring_up_to_date(rules.get(name), by_rule[name], now=now)


def _put_off(decided: Decided) -> None:
    execute(
        queries.put_off.sql,
        {
            "ids": decided.waiting,
            "next_at": decided.look_again_at,
            # A task is sent to look again; should it be lost, the sweep does.
            "handed_until": decided.look_again_at + timedelta(seconds=1),
        },
    )


def renew(decided: Decided, *, now: datetime) -> None:
    """Says that the worker is still at its deliveries."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    execute(queries.renew_leases.sql, {"token": decided.token, "ids": _ids(decided), "lease_until": until})


def _ids(decided: Decided) -> list[str]:
    return [delivery.id for delivery in decided.deliveries]

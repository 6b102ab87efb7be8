"""Deciding, when notifications are due, whether they are sent: once, from what is recorded by then.

The decision is a commit, which also leases what is to be sent. Only afterwards it is posted, so no transaction is open
meanwhile, and what is recorded later changes nothing any more.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from events.database import execute, fetch_all
from notifications.backlog import users_with_backlog
from notifications.conf import conf
from notifications.history import Scope
from notifications.planning import Change, lock_users, replan
from notifications.queries import queries
from notifications.rules.registry import rules

#: Seconds that a worker may stay silent before its deliveries are given to another.
LEASE_SECONDS = 2.0
#: Seconds before a notification that waits for events of its user is looked at again.
BACKLOG_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class DueNotification:
    """A notification whose moment has come.

    Attributes:
        attempts: made so far.
    """

    id: str
    rule: str
    user: str
    item: str
    occurred_at: datetime
    due_at: datetime
    attempts: int
    is_decided: bool


@dataclass(frozen=True)
class Due:
    """Some notifications whose moment has come.

    Attributes:
        ready: those that can be decided, or are.
        waiting: ids of those that wait for events of their user, and are due again at `wait_until`.
    """

    ready: list[DueNotification]
    waiting: list[str]
    wait_until: datetime


@dataclass(frozen=True)
class Delivery:
    """A notification that this worker is to post.

    Attributes:
        token: proves that it is this worker's, as long as its lease is renewed.
        attempts: this one included.
        body: the JSON to post.
    """

    id: str
    token: uuid.UUID
    rule: str
    attempts: int
    due_at: datetime
    body: bytes


def find_due(ids: Sequence[str], *, now: datetime) -> Due:
    """Which of the notifications are due; postpones those that wait for events of their user."""
    rows = fetch_all(queries.due_notifications.sql, {"ids": list(ids), "now": now})
    found = [DueNotification(*row) for row in rows]
    waiting = _waiting_for_backlog(found, now=now)
    due = Due(
        ready=[each for each in found if each.id not in waiting],
        waiting=sorted(waiting),
        wait_until=now + timedelta(seconds=BACKLOG_PAUSE_SECONDS),
    )
    if waiting:
        _postpone(due, now=now)
    return due


def lease(ready: Sequence[DueNotification], *, now: datetime) -> list[Delivery]:
    """Decides what is due and leases what is to be sent. Each is leased by one caller, whoever else tries."""
    if not ready:
        return []
    token = uuid.uuid4()
    with transaction.atomic():
        _replan([each for each in ready if not each.is_decided], now=now)
        rows = fetch_all(
            queries.lease_notifications.sql,
            {
                "ids": [each.id for each in ready],
                "now": now,
                "token": token,
                "lease_until": now + timedelta(seconds=LEASE_SECONDS),
            },
        )
    return [
        Delivery(row_id, token, rule, attempts, due_at, body.encode()) for row_id, rule, attempts, due_at, body in rows
    ]


def renew(deliveries: Sequence[Delivery], *, now: datetime) -> None:
    """Says that the worker still has these deliveries."""
    execute(
        queries.renew_leases.sql,
        {
            "ids": [delivery.id for delivery in deliveries],
            "tokens": [delivery.token for delivery in deliveries],
            "lease_until": now + timedelta(seconds=LEASE_SECONDS),
        },
    )


def _waiting_for_backlog(found: Sequence[DueNotification], *, now: datetime) -> set[str]:
    longest = timedelta(seconds=conf.NOTIFY_BACKLOG_SECONDS)
    waiting: set[str] = set()
    by_rule: dict[str, list[DueNotification]] = defaultdict(list)
    for each in found:
        if not each.is_decided and now < each.due_at + longest:
            by_rule[each.rule].append(each)
    for name, those in by_rule.items():
        due_by_user: dict[str, datetime] = {}
        for each in those:
            due_by_user[each.user] = max(each.due_at, due_by_user.get(each.user, each.due_at))
        late = users_with_backlog(due_by_user, rules.get(name).watches)
        waiting |= {each.id for each in those if each.user in late}
    return waiting


def _postpone(due: Due, *, now: datetime) -> None:
    execute(
        queries.postpone.sql,
        {
            "ids": due.waiting,
            "now": now,
            "next_at": due.wait_until,
            # The caller sends a task; should it be lost, the sweep sends another.
            "dispatched_until": due.wait_until + timedelta(seconds=1),
        },
    )


def _replan(undecided: Sequence[DueNotification], *, now: datetime) -> None:
    forgotten = lock_users(each.user for each in undecided)
    by_rule: dict[str, dict[Scope, Change]] = defaultdict(dict)
    for each in sorted(undecided, key=lambda each: each.occurred_at, reverse=True):
        # The earliest of a scope is put in last, and stays.
        by_rule[each.rule][each.user, each.item] = Change(each.occurred_at, now, forgotten.get(each.user))
    for name in sorted(by_rule):
        replan(rules.get(name), by_rule[name], now=now)

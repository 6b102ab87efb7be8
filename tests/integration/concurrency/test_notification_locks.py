"""Which locks notifications take, in which order, and until when."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, transaction
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.pipeline import steps
from events.states import AGGREGATE, ChunkState
from notifications import planning, schedule
from notifications.history import Scope, read_histories
from notifications.models import Notification, NotifiedUser, State
from notifications.planning import lock_users
from notifications.rules.base import Rule
from tests.integration.concurrency.gate import Gate
from tests.support.fitness import accept, happen, ids, launch, once_settled, program
from tests.support.notifications import decide
from tests.support.pipeline import heartbeat, process, run_to
from tests.support.processes.waiting import wait_until


def is_locked(user: str) -> bool:
    """Whether somebody holds the row of that user."""
    try:
        with transaction.atomic():
            fetch_all("SELECT 1 FROM notification_users WHERE user_key = %(user)s FOR UPDATE NOWAIT", {"user": user})
    except OperationalError:
        return True
    return False


def lock_and_let_go(users: Iterable[str]) -> None:
    """Holds the users for a moment."""
    with transaction.atomic():
        lock_users(users)


def test_users_are_locked_in_the_order_of_their_keys(gate: Gate) -> None:
    # given rows that lie in the table in another order, and one of them held
    for user in ("c", "b", "a"):
        NotifiedUser.objects.create(user_key=user)
    gate.hold("SELECT 1 FROM notification_users WHERE user_key = 'b' FOR UPDATE")
    # when all are wanted
    locking = gate.start(partial(lock_and_let_go, ["b", "c", "a"]))
    gate.wait_for_waiters(1)
    # then those before it are held, and those after it are not
    assert [is_locked(user) for user in "abc"] == [True, True, False]
    gate.open()
    locking.result(timeout=30)


def test_users_are_made_in_the_order_of_their_keys(gate: Gate) -> None:
    # given somebody who makes the row of b, and has not committed it
    gate.hold("INSERT INTO notification_users VALUES ('b')")
    making = gate.start(partial(lock_and_let_go, ["c", "b", "a"]))
    gate.wait_for_waiters(1)
    # then a has been made, and c has not
    with pytest.raises(OperationalError), transaction.atomic():
        execute("SET LOCAL lock_timeout = '100ms'; INSERT INTO notification_users VALUES ('a')")
    with transaction.atomic():
        execute("SET LOCAL lock_timeout = '100ms'; INSERT INTO notification_users VALUES ('c')")
        transaction.set_rollback(True)
    gate.open()
    making.result(timeout=30)


def test_users_are_locked_after_the_totals_of_watch_time(gate: Gate) -> None:
    # given a chunk that concerns both, and somebody who holds the totals
    happen(launch(0))
    (chunk,) = accept([launch(30), heartbeat("jane", "movie", 10) | {"type": "heartbeat"}])
    run_to(chunk, ChunkState.PERSISTED)
    gate.hold("LOCK TABLE watch_time_users IN ACCESS EXCLUSIVE MODE")
    # when it waits for them, then it has not locked its users yet
    aggregating = gate.start(partial(steps.run, AGGREGATE, chunk))
    gate.wait_for_waiters(1)
    assert not is_locked("jane")
    gate.open()
    aggregating.result(timeout=30)


def test_what_somebody_else_holds_is_left_to_them_at_once(gate: Gate) -> None:
    process(accept(launch(0, user=user) for user in ("ann", "bob")))
    gate.hold("SELECT 1 FROM notifications WHERE user_key = 'ann' FOR UPDATE")
    free = [str(Notification.objects.get(user_key="bob").id)]
    # neither the sweep nor a decision waits for it
    assert gate.start(partial(schedule.dispatch_due, now=once_settled())).result(timeout=10) == 1
    decided = gate.start(partial(decide, ids(), now=once_settled())).result(timeout=10)
    assert [delivery.id for delivery in decided.deliveries] == free
    # nor who finds that it has to wait for events of its user
    accept([program("started", 5, user="ann")])
    waiting = gate.start(partial(decide, ids(), now=once_settled())).result(timeout=10).waiting
    assert waiting == [key for key in ids() if key not in free]


def test_a_decision_holds_its_users_until_it_is_committed(
    gate: Gate, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a start that is taken into account between the reading and the commit would be forgotten."""
    # given a push that is due at once, and a start that was accepted after that
    settings.NOTIFY_SETTLE_SECONDS = 0
    happen(launch(0))
    wait_until(lambda: utc_now() > Notification.objects.get().due_at + timedelta(milliseconds=2), what="it is due")
    (chunk,) = accept([program("started", 5)])
    decider = threading.get_ident()
    processing: list[Future[None]] = []

    def read(rule: Rule, since: dict[Scope, datetime], *, whole: bool) -> Any:
        histories = read_histories(rule, since, whole=whole)
        if threading.get_ident() == decider:
            # when the start is processed after the decision has read what there is
            processing.append(gate.start(partial(process, [chunk])))
            gate.wait_for_waiters(1)
        return histories

    monkeypatch.setattr(planning, "read_histories", read)
    decided = decide(ids(), now=utc_now())
    # then it comes too late
    processing[0].result(timeout=30)
    assert [delivery.id for delivery in decided.deliveries] == ids()
    assert Notification.objects.get().state == State.LEASED

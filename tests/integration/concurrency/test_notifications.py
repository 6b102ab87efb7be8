"""Notifications when things happen at the same moment. TIDEMARK_RACES=10000 runs the full number of races."""

import os
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.pipeline import steps
from events.states import AGGREGATE, ChunkState
from notifications import schedule
from notifications.models import Notification, State
from tests.integration.concurrency.gate import Gate
from tests.integration.notifications.conftest import Receiver
from tests.integration.notifications.conftest import receiver as receiver  # a fixture
from tests.support.fitness import accept, happen, ids, launch, once_settled, program
from tests.support.notifications import decide, deliver
from tests.support.pipeline import process, run_to

HELD = "LOCK TABLE notification_users IN SHARE MODE"
RACES = int(os.environ.get("TIDEMARK_RACES", "100"))
ROUND = 100


def test_a_launch_and_its_start_that_are_processed_at_the_same_moment_make_no_push(gate: Gate) -> None:
    # given both stored, and neither taken into account
    chunks = [accept([event])[0] for event in (launch(0), program("started", 5))]
    for chunk in chunks:
        run_to(chunk, ChunkState.PERSISTED)
    # when both are, at the same moment
    gate.pass_together(HELD, *(partial(steps.run, AGGREGATE, chunk) for chunk in chunks))
    # then
    assert [row.state for row in Notification.objects.all()] == [State.CANCELLED]


def test_of_several_who_decide_the_same_notifications_one_takes_each(gate: Gate) -> None:
    process(accept(launch(0, user=f"user {n}") for n in range(20)))
    decided = gate.pass_together(HELD, *[partial(decide, ids(), now=once_settled())] * 4)
    taken = [delivery.id for each in decided for delivery in each.deliveries]
    assert sorted(taken) == sorted(ids())


def test_several_sweepers_dispatch_each_notification_once(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatched: list[str] = []
    lock = Lock()

    def dispatch(ids: Sequence[str], *, eta: datetime, now: datetime) -> bool:
        with lock:
            dispatched.extend(ids)
        return True

    monkeypatch.setattr(schedule, "dispatch", dispatch)
    process(accept(launch(0, user=f"user {n}") for n in range(1000)))
    gate.pass_together(
        "LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE", *[partial(schedule.dispatch_due, now=once_settled())] * 4
    )
    assert sorted(dispatched) == sorted(ids())


def test_several_workers_with_the_same_messages_post_each_notification_once(gate: Gate, receiver: Receiver) -> None:
    process(accept(launch(0, user=f"user {n}") for n in range(100)))
    gate.pass_together(HELD, *[partial(deliver, ids(), clock=once_settled)] * 4)
    assert sorted(key for key, _ in receiver.calls) == sorted(ids())
    assert set(Notification.objects.values_list("state", flat=True)) == {State.SENT}


def test_an_operator_cancels_or_comes_too_late(gate: Gate) -> None:
    from notifications.operator_actions import cancel

    happen(launch(0))
    (key,) = ids()
    gate.hold("SELECT 1 FROM notifications FOR UPDATE")
    cancelling = gate.start(partial(cancel, Notification.objects.get().id, who="ada", now=utc_now()))
    gate.wait_for_waiters(1)
    gate.open()
    assert cancelling.result(timeout=30)
    assert decide([key], now=once_settled()).deliveries == []


@pytest.mark.parametrize("number", range(max(1, RACES // ROUND)))
def test_no_delivery_starts_after_a_cancelling_event_was_taken_into_account(
    number: int, gate: Gate, settings: Settings
) -> None:
    # given pushes that are due now, and as many starts, accepted too late to be waited for, in time to cancel
    settings.START_TRAINING_DELAY_SECONDS = 0.02
    chance = random.Random(number)
    begin = utc_now()
    users = [f"user {n}" for n in range(ROUND)]
    process(accept(launch(0, user=user, since=begin) for user in users))
    due = max(Notification.objects.values_list("due_at", flat=True))
    while utc_now() <= due + timedelta(milliseconds=2):
        time.sleep(0.001)
    starts = {user: accept([program("started", 0, user=user, since=begin)])[0] for user in users}
    key_of = {row.user_key: str(row.id) for row in Notification.objects.all()}
    began: dict[str, float] = {}
    cancelled: dict[str, float] = {}

    def fire(some: Sequence[str]) -> None:
        for user in some:
            moment = time.monotonic()
            if decide([key_of[user]], now=utc_now()).deliveries:
                began[user] = moment

    def take_into_account(some: Sequence[str]) -> None:
        for user in some:
            process([starts[user]])
            cancelled[user] = time.monotonic()

    shuffled = [chance.sample(users, len(users)) for _ in range(2)]
    running = [gate.start(partial(fire, shuffled[0][part::2])) for part in range(2)]
    running += [gate.start(partial(take_into_account, shuffled[1][part::2])) for part in range(2)]
    for thread in running:
        thread.result(timeout=60)
    print(f"{len(began)} of {ROUND} deliveries began")
    # then each is cancelled, or its delivery began before the start was taken into account
    states = dict(Notification.objects.values_list("user_key", "state"))
    assert {user for user, state in states.items() if state == State.LEASED} == set(began)
    assert {state for user, state in states.items() if user not in began} <= {State.CANCELLED}
    assert [user for user in began if began[user] > cancelled[user]] == []

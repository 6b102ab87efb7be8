"""What a worker does with notifications: its threads deliver, record, and end when the worker does."""

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from notifications import tasks
from notifications.delivery import DeliveryPool
from notifications.models import Notification, State
from notifications.overdue import overdue_thread
from tests.integration.notifications.conftest import Receiver
from tests.integration.notifications.conftest import receiver as receiver  # a fixture
from tests.support.dripping_service import DrippingService, serve
from tests.support.fitness import MORNING, accept, happen, ids, launch, once_settled, program
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeliveryPool]:
    """The deliveries of this process, at a moment at which everything is due."""
    made = DeliveryPool(clock=once_settled)
    monkeypatch.setattr(tasks, "pool", made)
    yield made
    made.close(seconds=30)


def state() -> str:
    """Of the one notification there is."""
    return Notification.objects.get().state


def test_a_task_delivers_and_does_not_wait_for_the_response(pool: DeliveryPool, settings: Settings) -> None:
    with serve(DrippingService(drips=lambda user: True)) as service:
        settings.NOTIFY_URL = service.url
        happen(launch(0))
        tasks.deliver(ids())
        assert state() == State.LEASED
        wait_until(lambda: service.calls, what="it is posted")
    wait_until(lambda: state() == State.SENT, what="the outcome is recorded")


def test_two_tasks_share_one_keeper(pool: DeliveryPool, receiver: Receiver) -> None:
    happen(launch(0, user="ann"))
    tasks.deliver(ids())
    happen(launch(0, user="bob"))
    tasks.deliver(ids())
    wait_until(lambda: {row.state for row in Notification.objects.all()} == {State.SENT}, what="both are sent")


def test_what_waits_for_its_users_events_is_dispatched_for_when_it_is_due_again(
    pool: DeliveryPool, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatched: list[tuple[list[str], datetime]] = []
    monkeypatch.setattr(tasks, "dispatch", lambda those, *, eta, now: dispatched.append((those, eta)))
    happen(launch(0))
    accept([program("started", 5)])
    tasks.deliver(ids())
    row = Notification.objects.get()
    assert dispatched == [(ids(), row.next_at)]
    assert (row.state, row.attempts) == (State.PENDING, 0)
    assert receiver.calls == []


def test_a_worker_that_stops_waits_for_the_responses_under_way(pool: DeliveryPool, settings: Settings) -> None:
    settings.NOTIFY_TIMEOUT_SECONDS = 1.0
    with serve(DrippingService(drips=lambda user: True)) as service:
        settings.NOTIFY_URL = service.url
        happen(launch(0))
        tasks.deliver(ids())
        tasks.finish()
        assert pool.is_idle
        assert state() == State.PENDING


@pytest.mark.parametrize(
    ("queues", "delivers"),
    [({"notify"}, True), ({"control"}, True), ({"control", "work"}, True), ({"work"}, False), ({"enrich"}, False)],
)
def test_the_workers_of_control_and_notify_deliver_what_is_overdue_until_they_are_told_to_stop(
    queues: set[str], delivers: bool, pool: DeliveryPool, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(launch(0))
    Notification.objects.update(due_at=MORNING, next_at=MORNING)
    thread = overdue_thread(pool)
    monkeypatch.setattr(tasks, "overdue", thread)
    worker: Any = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=queues)))
    )
    tasks.start(worker)
    if delivers:
        wait_until(lambda: state() == State.SENT, what="it is sent")
    assert thread.join(0) != delivers
    tasks.stop()
    tasks.finish()
    assert thread.join(0)
    assert state() == (State.SENT if delivers else State.PENDING)

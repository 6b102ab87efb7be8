"""What no task has taken is delivered; what is only just due is left alone."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import InterfaceError
from pytest_django import Settings

from notifications import overdue
from notifications.delivery import DeliveryPool
from notifications.models import Notification, State
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import happen, launch, once_settled
from tests.support.notifications import finish

pytestmark = pytest.mark.django_db


def test_what_is_overdue_is_delivered(receiver: Receiver) -> None:
    pool = DeliveryPool(clock=once_settled)
    happen(launch(0))
    due = Notification.objects.get().due_at
    assert overdue.deliver_overdue(pool, now=due + timedelta(seconds=0.4)) == 0
    assert receiver.calls == []
    assert overdue.deliver_overdue(pool, now=due + timedelta(seconds=0.6)) == 1
    finish(pool)
    assert [body["type"] for body in receiver.bodies] == ["start_training"]
    assert Notification.objects.get().state == State.SENT
    assert overdue.deliver_overdue(pool, now=due + timedelta(seconds=60)) == 0


def test_retries_that_find_no_slot_do_not_crowd_out_what_was_never_tried(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "CHOICE", 1)
    happen(launch(0, user="retry"), launch(0, user="first"))
    Notification.objects.filter(user_key="retry").update(attempts=1, decided_at=once_settled())
    pool = DeliveryPool(simultaneous=1, clock=once_settled)  # none of its slots is for retries
    assert overdue.deliver_overdue(pool, now=once_settled()) == 1
    finish(pool)
    assert overdue.deliver_overdue(pool, now=once_settled()) == 0
    assert [body["user_id"] for body in receiver.bodies] == ["first"]
    # and with slots for them they are taken
    pool = DeliveryPool(simultaneous=2, clock=once_settled)
    assert overdue.deliver_overdue(pool, now=once_settled()) == 1
    finish(pool)
    assert [body["user_id"] for body in receiver.bodies] == ["first", "retry"]


def test_without_an_address_nothing_is_taken(settings: Settings) -> None:
    settings.NOTIFY_URL = None
    happen(launch(0))
    assert overdue.deliver_overdue(DeliveryPool(clock=once_settled), now=once_settled()) == 0
    assert Notification.objects.get().state == State.PENDING


def test_the_thread_goes_on_after_an_error_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []
    went_on = threading.Event()

    def deliver_overdue(pool: DeliveryPool, *, now: datetime) -> int:
        looks.append(now)
        if len(looks) == 1:
            raise InterfaceError("connection already closed")
        went_on.set()
        return 0

    monkeypatch.setattr(overdue, "deliver_overdue", deliver_overdue)
    thread = overdue.overdue_thread(DeliveryPool())
    thread.start()
    assert went_on.wait(30)
    thread.stop()
    assert thread.join(30)

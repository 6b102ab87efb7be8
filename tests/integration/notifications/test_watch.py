"""The watch delivers what nobody saw to, and leaves alone what is only just due."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from notifications import delivery, watch
from notifications.models import Notification, State
from tests.fitness import happen, launch, once_settled
from tests.integration.notifications.conftest import Receiver

pytestmark = pytest.mark.django_db


def test_what_is_overdue_is_delivered(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "see_to", lambda ids: delivery.see_to(ids, clock=once_settled))
    happen(launch(0))
    due = Notification.objects.get().due_at
    assert watch.look(now=due + timedelta(seconds=0.4)) == 0
    assert receiver.calls == []
    assert watch.look(now=due + timedelta(seconds=0.6)) == 1
    assert [body["type"] for body in receiver.bodies] == ["start_training"]
    assert Notification.objects.get().state == State.SENT
    assert watch.look(now=due + timedelta(seconds=60)) == 0


def test_without_an_address_nothing_is_taken(settings: Settings) -> None:
    settings.NOTIFY_URL = None
    happen(launch(0))
    assert watch.look(now=once_settled()) == 0
    assert Notification.objects.get().state == State.PENDING

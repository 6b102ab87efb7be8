"""When too much waits, and when events come in again."""

import json

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.exceptions import Unavailable
from events.intake.accept import accept_one
from events.intake.back_pressure import BackPressure
from events.models import InboxEvent
from tests.support.pipeline import heartbeat

pytestmark = pytest.mark.django_db


def accepts_with(waiting: int, back_pressure: BackPressure) -> bool:
    """Whether events come in, once it has looked at an inbox of that many."""
    InboxEvent.objects.all().delete()
    for _ in range(waiting):
        accept_one(json.dumps(heartbeat("ann", "alien", 10)).encode(), type_name="heartbeat", now=utc_now())
    back_pressure.look()
    try:
        back_pressure.require_room()
    except Unavailable:
        return False
    return True


def test_events_come_in_again_when_a_fifth_of_the_limit_is_free(settings: Settings) -> None:
    settings.MAX_BACKLOG_EVENTS = 10
    back_pressure = BackPressure()
    waiting = [10, 11, 10, 9, 8, 9, 10, 11]
    assert [accepts_with(events, back_pressure) for events in waiting] == [
        *(True, False, False, False, True, True, True, False)
    ]

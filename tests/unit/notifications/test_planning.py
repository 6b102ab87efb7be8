"""When a notification is due: at its deadline, or once its trigger has settled."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from events.ids import lowest_id_at
from events.types.times import microseconds
from notifications.activity import Activity, Planned
from notifications.planning import due_at
from tests.support.activities import MORNING

MILLISECOND = timedelta(milliseconds=1)


def planned(*, deadline: datetime, arrived: datetime) -> Planned:
    trigger = Activity(str(lowest_id_at(arrived)), "app_launch", microseconds(MORNING), "{}", {})
    return Planned(trigger, microseconds(deadline), {})


@pytest.mark.parametrize("earlier", [timedelta(days=365), timedelta(minutes=10), MILLISECOND])
def test_what_arrives_before_its_deadline_is_due_then(earlier: timedelta) -> None:
    assert due_at(planned(deadline=MORNING, arrived=MORNING - earlier)) == MORNING


@pytest.mark.parametrize("later", [timedelta(0), MILLISECOND, timedelta(days=365)])
def test_what_arrives_at_its_deadline_or_later_is_due_once_it_has_settled(later: timedelta, settings: Settings) -> None:
    settings.NOTIFY_SETTLE_SECONDS = 7.5
    arrived = MORNING + later
    assert due_at(planned(deadline=MORNING, arrived=arrived)) == arrived + timedelta(seconds=7.5)

"""How many events were processed, and how fast: of all types, and of one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import statistics
from events.database import execute
from events.intake.accept import accept_batch
from tests.support.pipeline import chunk_ids, heartbeat, process

pytestmark = pytest.mark.django_db


def launch(number: int) -> dict[str, Any]:
    return {"type": "app_launch", "id": number, "user_id": "ann", "device_id": "d", "time_stamp": "2026-01-31T12:00Z"}


def process_all(*events: dict[str, Any]) -> None:
    accept_batch([json.dumps(event).encode() for event in events], type_name=None, now=datetime.now(UTC))
    process(chunk_ids())


def beat(at: int) -> dict[str, Any]:
    return {"type": "heartbeat"} | heartbeat("ann", "alien", at)


def rate(now: datetime, type_name: str | None = None) -> float:
    per_second: float = statistics.collect(now=now, type_name=type_name)["processed_per_second"]
    return per_second


def finished_at(moment: datetime) -> None:
    execute("UPDATE chunks SET finished_at = %(moment)s", {"moment": moment})


@pytest.mark.parametrize("type_name", [None, "heartbeat"])
def test_the_rate_is_that_of_the_last_minute_or_since_the_first_event(type_name: str | None) -> None:
    process_all(*(beat(at) for at in range(30)))
    began = datetime.now(UTC)

    ten_seconds_later = began + timedelta(seconds=10)
    assert rate(ten_seconds_later, type_name) == pytest.approx(3, rel=0.05)
    an_hour_later = began + timedelta(hours=1)
    assert rate(an_hour_later, type_name) == 0
    finished_at(an_hour_later - timedelta(seconds=59))
    assert rate(an_hour_later, type_name) == 0.5
    finished_at(an_hour_later - timedelta(seconds=60))
    assert rate(an_hour_later, type_name) == 0
    assert statistics.collect(now=an_hour_later, type_name=type_name)["total_events"] == 30


def test_a_type_has_figures_of_its_own_also_where_its_events_travelled_with_others() -> None:
    twice = launch(7)
    process_all(*(beat(at) for at in range(20)), launch(1), launch(2), twice, twice)
    process_all(launch(3), *(beat(at) for at in range(1)))
    process_all(launch(4))
    now = datetime.now(UTC) + timedelta(minutes=2)
    finished_at(now - timedelta(seconds=1))

    of_launches = statistics.collect(now=now, type_name="app_launch")
    assert of_launches == {
        "total_events": 5,
        "processed_per_second": round(5 / 60, 2),
        "duplicate_events": 1,
        "failed_events": 0,
        "rejected_events": 0,
        "unsupported_events": 0,
        "cancelled_events": 0,
        "too_late_events": 0,
        "by_type": {"app_launch": statistics.ends_by_type()["app_launch"]},
    }
    assert rate(now, "heartbeat") == round(21 / 60, 2)
    assert rate(now) == round(26 / 60, 2)


def test_a_type_of_which_nothing_came_has_zeros() -> None:
    process_all(beat(1))
    nothing = statistics.collect(now=datetime.now(UTC), type_name="playback")
    assert (nothing["total_events"], nothing["processed_per_second"]) == (0, 0)
    assert nothing["by_type"] == {"playback": statistics.NONE}

"""What users of the fitness app read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.types.times import microseconds
from notifications.activity import Activity
from notifications.rules.start_training import start_training
from notifications.rules.training_congratulation import training_congratulation

MORNING = datetime(2021, 2, 28, 9, tzinfo=UTC)


def activity(after: timedelta = timedelta(), **data: Any) -> Activity:
    fields = {"device_id": "bar1", "training_program_id": "2352"} | data
    return Activity("019a0000-0000-7000-8000-000000000001", "any", microseconds(MORNING + after), "", fields)


@pytest.mark.parametrize(
    ("took", "minutes", "words"),
    [
        (timedelta(minutes=36, seconds=18), 36, "36 minutes and 18 seconds"),
        (timedelta(minutes=35), 35, "35 minutes"),
        (timedelta(minutes=30, milliseconds=1), 30, "30 minutes"),
        (timedelta(minutes=59, seconds=59, milliseconds=999), 59, "59 minutes and 59 seconds"),
        (timedelta(hours=2, seconds=1), 120, "120 minutes and 1 second"),
    ],
)
def test_a_congratulation_names_the_exact_time(took: timedelta, minutes: int, words: str) -> None:
    body = training_congratulation(activity(training_program_title="Yoga"), activity(took))
    assert body["message"] == f"Congratulations! {words} of “Yoga”: you have completed your daily training dose."
    assert body["minutes"] == minutes


def test_a_program_need_not_have_a_title() -> None:
    message = training_congratulation(activity(), activity(timedelta(minutes=31)))["message"]
    assert "31 minutes of training:" in message


def test_the_push_speaks_of_the_daily_training_dose() -> None:
    assert "daily training dose" in start_training(activity())["message"]

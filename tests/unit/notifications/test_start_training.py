"""The rule that asks people to start training, given what they did."""

import pytest
from pytest_django import Settings

from notifications.rules.registry import rules
from tests.support.activities import MINUTE_US, done, episodes, history, launch

RULE = rules.get("start_training")
ONE_MICROSECOND = 1 / MINUTE_US


@pytest.mark.parametrize(
    ("started_at", "is_pushed"),
    [
        (0, False),
        (ONE_MICROSECOND, False),
        (10 - ONE_MICROSECOND, False),
        (10, False),
        (10 + ONE_MICROSECOND, True),
        (10 + 1 / 60, True),
        (-ONE_MICROSECOND, True),
    ],
)
def test_a_start_counts_from_the_launch_up_to_and_including_ten_minutes_after_it(
    started_at: float, is_pushed: bool
) -> None:
    assert episodes(launch(0), done("started", started_at)) == [(0, is_pushed)]


@pytest.mark.parametrize(
    ("launches", "opening"),
    [
        ([0, 0], [0]),
        ([0, 5], [0]),
        ([0, 10], [0]),
        ([0, 10 + ONE_MICROSECOND], [0, 10 + ONE_MICROSECOND]),
        ([0, 9, 18, 27], [0, 18]),
    ],
)
def test_a_launch_inside_an_open_episode_adds_nothing(launches: list[float], opening: list[float]) -> None:
    found = episodes(*(launch(minutes) for minutes in launches))
    assert found == [(pytest.approx(minutes), True) for minutes in opening]


def test_a_start_closes_the_episode_so_that_the_next_launch_opens_another() -> None:
    assert episodes(launch(0), done("started", 3), launch(4)) == [(0, False), (4, True)]


def test_only_the_first_start_of_an_episode_counts_for_it() -> None:
    (planned,) = RULE.plan(history(RULE, [launch(0), done("started", 2), done("started", 3)]))
    assert planned.prevented_by == "training_program_started at 2021-02-28T09:02:00+00:00"


def test_without_a_launch_there_is_no_episode() -> None:
    assert episodes(done("started", 0), done("started", 5)) == []


def test_the_push_goes_to_the_device_of_the_launch_that_opened_the_episode() -> None:
    (planned,) = RULE.plan(history(RULE, [launch(0, device_id="tablet"), launch(1, device_id="watch")]))
    assert planned.body.pop("message")
    assert planned.body == {"device_id": "tablet"}


@pytest.mark.parametrize(
    ("launched_at", "opening"), [(0, []), (5, []), (10, []), (10 + ONE_MICROSECOND, [10]), (-ONE_MICROSECOND, [0])]
)
def test_a_launch_inside_an_episode_that_was_decided_opens_no_other(launched_at: float, opening: list[float]) -> None:
    decided = [(launch(0).time_us, launch(10).time_us)]
    found = episodes(launch(launched_at), decided_us=decided)
    assert [round(minutes) for minutes, _ in found] == opening


def test_the_delay_is_a_setting(settings: Settings) -> None:
    settings.START_TRAINING_DELAY_SECONDS = 0.5
    (planned,) = RULE.plan(history(RULE, [launch(0)]))
    assert planned.deadline_us - planned.trigger.time_us == 500_000

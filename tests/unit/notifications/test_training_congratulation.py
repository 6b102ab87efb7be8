"""The rule that congratulates people on their training, given what they did with one program."""

import pytest
from pytest_django import Settings

from notifications.activity import NeedsWholeHistory
from notifications.rules.registry import rules
from tests.support.activities import MINUTE_US, Done, congratulated, done, history

RULE = rules.get("training_congratulation")
ONE_MICROSECOND = 1 / MINUTE_US


@pytest.mark.parametrize(
    ("lasted", "named"),
    [
        (29, None),
        (30, None),
        (30 + ONE_MICROSECOND, 30),
        (30 + 1 / 60, 30),
        (31 - ONE_MICROSECOND, 30),
        (31, 31),
        (36.3, 36),
        (40 * 60, 2400),
    ],
)
def test_more_than_thirty_minutes_are_congratulated_and_named_rounded_down(lasted: float, named: int | None) -> None:
    expected = [] if named is None else [(pytest.approx(lasted), named)]
    assert congratulated(("started", 0), ("finished", lasted)) == expected


def test_a_finish_without_a_start_is_not_congratulated() -> None:
    assert congratulated(("finished", 36)) == []
    assert congratulated(("finished", 0), ("started", 0), ("finished", 36)) == [(36, 36)]


def test_a_cancelled_program_is_not_congratulated() -> None:
    assert congratulated(("started", 0), ("cancelled", 36), ("finished", 36)) == []
    assert congratulated(("started", 0), ("cancelled", 36)) == []


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        # A finish belongs to the latest start that nothing has ended yet.
        ([("started", 0), ("started", 10), ("finished", 36)], []),
        ([("started", 0), ("started", 10), ("finished", 20), ("finished", 36)], [(36, 36)]),
        ([("started", 0), ("started", 10), ("cancelled", 20), ("finished", 36)], [(36, 36)]),
        ([("started", 0), ("finished", 36), ("finished", 37)], [(36, 36)]),
        # What ends a session at a moment comes before what starts one at that moment.
        ([("started", 0), ("finished", 36), ("started", 36), ("finished", 70)], [(36, 36), (70, 34)]),
        ([("started", 0), ("cancelled", 36), ("started", 36), ("finished", 70)], [(70, 34)]),
    ],
)
def test_a_finish_belongs_to_the_latest_start_that_nothing_has_ended(
    what: list[Done], expected: list[tuple[float, int]]
) -> None:
    assert congratulated(*what) == expected


@pytest.mark.parametrize(
    ("of_start", "of_finish", "title", "words"),
    [
        ("Yoga", "Pilates", "Pilates", "“Pilates”"),
        ("Yoga", None, "Yoga", "“Yoga”"),
        ("Yoga", "", "Yoga", "“Yoga”"),
        (None, None, None, " of training: "),
    ],
)
def test_the_title_is_that_of_the_finish_else_of_the_start(
    of_start: str | None, of_finish: str | None, title: str | None, words: str
) -> None:
    start = done("started", 0, training_program_title=of_start, device_id="tablet")
    finish = done("finished", 31.5, training_program_title=of_finish, device_id="watch")
    (planned,) = RULE.plan(history(RULE, [start, finish]))
    message = planned.body.pop("message")
    assert "31 minutes and 30 seconds" in message
    assert words in message
    assert planned.body == {
        "device_id": "watch",
        "minutes": 31,
        "training_program_id": "hiit",
        "training_program_title": title,
    }


def test_a_program_with_a_number_for_an_id_is_named_as_text() -> None:
    what = [done("started", 0, training_program_id=7), done("finished", 40, training_program_id=7)]
    (planned,) = RULE.plan(history(RULE, what))
    assert planned.body["training_program_id"] == "7"


def test_the_threshold_is_a_setting(settings: Settings) -> None:
    settings.CONGRATULATION_AFTER_SECONDS = 59.5
    assert congratulated(("started", 0), ("finished", 1)) == [(1, 1)]
    assert congratulated(("started", 0), ("finished", 59.5 / 60)) == []


def test_an_end_whose_start_may_lie_before_the_history_needs_all_of_it() -> None:
    since_us = done("finished", 50).time_us
    with pytest.raises(NeedsWholeHistory):
        congratulated(("finished", 50), since_us=since_us, complete=False)
    # not if the history is complete, nor if the end is not of interest, nor if its start is there
    assert congratulated(("finished", 50), since_us=since_us) == []
    assert congratulated(("finished", 50), since_us=since_us + 1, complete=False) == []
    assert congratulated(("started", 0), ("finished", 50), since_us=since_us, complete=False) == [(50, 50)]

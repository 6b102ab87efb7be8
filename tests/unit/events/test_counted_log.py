"""A line for what is new at once, then a count a minute."""

import logging
from collections.abc import Iterator

import pytest

from events.counted_log import MOST_NAMES, OTHERS, CountedLog
from tests.support.processes.waiting import wait_until

Line = tuple[str, object, object]


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = vars(record)
        self.lines.append((record.getMessage(), told.get("type", told.get("by_type")), told["events"]))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logger().addHandler(handler)
    yield handler
    logger().removeHandler(handler)


def logger() -> logging.Logger:
    return logging.getLogger("tests.counted_log")


def counted(seconds: float = 3600.0) -> CountedLog:
    return CountedLog(logger(), first="new", again="more", action="test", what="type", seconds=seconds)


def test_what_is_new_is_told_at_once_and_the_rest_is_counted(lines: Lines) -> None:
    log = counted()

    log.note("rating", 3)
    for _ in range(100):
        log.note("rating", 2)
    log.note("review", 1)
    log.note("review", 1)

    assert lines.lines == [("new", "rating", 3), ("new", "review", 1)]
    log.report()
    assert lines.lines[2:] == [("more", {"rating": 200, "review": 1}, 201)]
    log.report()
    assert len(lines.lines) == 3, "nothing came, nothing is said"


def test_the_count_comes_by_itself(lines: Lines) -> None:
    log = counted(seconds=0.05)
    log.note("rating", 1)
    log.note("rating", 1)
    wait_until(lambda: ("more", {"rating": 1}, 1) in lines.lines, what="the count is told")
    log.note("rating", 5)
    wait_until(lambda: ("more", {"rating": 5}, 5) in lines.lines, what="the next count is told")


def test_invented_names_fill_neither_log_nor_memory(lines: Lines) -> None:
    log = counted()
    for number in range(MOST_NAMES + 50):
        log.note(f"type{number}", 1)
    assert len(lines.lines) == MOST_NAMES
    log.report()
    assert lines.lines[-1] == ("more", {OTHERS: 50}, 50)

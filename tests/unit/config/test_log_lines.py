"""Log records as lines."""

import json
import logging
import sys
from collections.abc import Callable

import pytest

from config.log_lines import json_lines, text_lines


@pytest.fixture
def record() -> logging.LogRecord:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record = logging.LogRecord("events", logging.ERROR, "file.py", 1, "A step\nfailed.", (), sys.exc_info())
    record.chunk = 7
    return record


def test_a_json_line_has_the_extras_and_is_one_line(record: logging.LogRecord) -> None:
    line = json_lines().format(record)
    assert "\n" not in line
    content = json.loads(line)
    assert content["level"] == "ERROR"
    assert content["logger"] == "events"
    assert content["message"] == "A step\nfailed."
    assert content["chunk"] == 7
    assert "ValueError" in content["exc_info"]


@pytest.mark.parametrize("lines", [json_lines, text_lines])
def test_what_cannot_be_written_as_json_does_not_lose_the_line(
    lines: Callable[[], logging.Formatter], record: logging.LogRecord
) -> None:
    record.chunk = object()
    assert "A step" in lines().format(record)


def test_a_text_line_ends_with_the_extras(record: logging.LogRecord) -> None:
    record.exc_info = None
    record.msg = "A step failed."
    assert text_lines().format(record) == "ERROR events: A step failed. chunk=7"

"""Waiting for conditions; tests never wait for a number of seconds."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, what: str, seconds: float = 30.0, every: float = 0.05) -> T:
    """The first true result of `condition`; AssertionError, naming `what`, when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(every)
    return result

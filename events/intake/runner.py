"""Where the blocking part of a request's work runs: in the thread of its view, or beside the web server's event loop.

The intake is written once, as coroutines that leave to a runner whatever may block.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from events.intake.inbox import insert_events
from events.intake.quota import Headers, Quota, charge
from events.records import EventRecord

T = TypeVar("T")


class Runner(Protocol):
    """Runs what may block."""

    async def run(self, function: Callable[[], T]) -> T:
        """The function's result, or what it raises."""

    async def commit(self, record: EventRecord, quota: Quota | None) -> Headers:
        """Charges one event to its quota, and commits it to the inbox; what the response says of the quota.

        Raises QuotaExceeded, or what PostgreSQL says.
        """


class InPlace:
    """Blocks the thread, as views may."""

    async def run(self, function: Callable[[], T]) -> T:
        """Calls it."""
        return function()

    async def commit(self, record: EventRecord, quota: Quota | None) -> Headers:
        """Commits it, or leaves that to the transaction that is open."""
        headers = charge(quota, 1) if quota else {}
        insert_events([record])
        return headers


IN_PLACE = InPlace()


def run_in_place(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that was given IN_PLACE, and therefore never waits for an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise RuntimeError("A coroutine waited for something else than its runner.")

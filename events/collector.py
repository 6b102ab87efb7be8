"""The Python interface, for code of the same Django project: hand events over, follow what becomes of them.

operation = EventCollector().handle(events)     # returns at once: the events are committed
for percent in operation.progress():
    print(percent)
print(operation.result().handled_events)
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from events import statistics
from events.clock import utc_now
from events.exceptions import TidemarkError
from events.intake.accept import AcceptedBatch, accept_batch
from events.operations import OperationStatus, find_operation

#: Seconds between two looks at an operation: short at first, then longer.
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 0.25
#: Seconds after which `progress` repeats a percentage that has not changed.
_REPEAT_SECONDS = 1.0


class OperationGone(TidemarkError):
    """The operation is not there any more: it was pruned."""


@dataclass(frozen=True)
class OperationResult:
    """What became of an operation's events.

    Attributes:
        handled_events: how many were processed, new ones; duplicates and failed ones are counted apart.
        elapsed: from the hand-over to the end, or to now.
    """

    handled_events: int
    failed_events: int
    duplicate_events: int
    cancelled_events: int
    rejected_events: int
    elapsed: timedelta


class Operation:
    """The events of one hand-over on their way.

    Attributes:
        id: as in `GET /v1/operations/{id}`.
        errors: what is wrong with the events that were rejected: `index`, `field`, `code`, `message` of each.
    """

    def __init__(self, operation_id: uuid.UUID, *, errors: list[dict[str, object]] | None = None) -> None:
        self.id = operation_id
        self.errors = errors or []

    def progress(self) -> Iterator[int]:
        """Percentages as they change, and at least every second; never going back, the last is 100."""
        said, said_at = -1, 0.0
        pause = _SHORTEST_LOOK
        while True:
            status = self._status()
            now = time.monotonic()
            if status.progress != said or now - said_at >= _REPEAT_SECONDS:
                said, said_at = status.progress, now
                yield said
            if status.is_done:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)

    def done(self) -> bool:
        """Whether all events came to their end, and the totals are visible."""
        return self._status().is_done

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for the end, `timeout` seconds at most (None: as long as it takes); answers whether it has come."""
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _SHORTEST_LOOK
        while not self.done():
            left = _LONGEST_LOOK if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_LOOK)
        return True

    def stats(self) -> dict[str, Any]:
        """The operation as the API shows it."""
        return self._status().as_document(now=utc_now())

    def result(self) -> OperationResult:
        """The counts; waits for the end first."""
        self.wait()
        status = self._status()
        return OperationResult(
            handled_events=status.handled,
            failed_events=status.failed,
            duplicate_events=status.duplicate,
            cancelled_events=status.cancelled,
            rejected_events=status.rejected,
            elapsed=(status.finished_at or utc_now()) - status.created_at,
        )

    def _status(self) -> OperationStatus:
        status = find_operation(self.id)
        if status is None:
            raise OperationGone
        return status


class EventCollector:
    """Takes events in, as the HTTP intake does: the same checks, the same durability, without HTTP.

    Args:
        type_name: the type of the events; None: each names its own.
    """

    def __init__(self, type_name: str | None = "playback") -> None:
        self._type_name = type_name

    def handle(self, events: Iterable[Mapping[str, Any]]) -> Operation:
        """Commits the events and returns at once; workers do the rest.

        Inside a transaction of the caller the events are committed, and announced, with it.

        Raises:
            NothingAcceptable: none of the events is valid, or there is none; `errors` says why.
        """
        raw = [msgspec.json.encode(event) for event in events]
        batch: AcceptedBatch = accept_batch(raw, type_name=self._type_name, now=utc_now())
        return Operation(batch.operation_id, errors=batch.errors)

    def stats(self) -> dict[str, Any]:
        """The collector's statistics, as `GET /v1/stats` answers them: `total_events`, `processed_per_second` …"""
        return statistics.collect(now=utc_now())

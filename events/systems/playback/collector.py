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
from events.intake.accept import AcceptedBatch, Dispatch, accept_batch
from events.operations import OperationStatus, find_operation
from events.pipeline.dispatch import dispatcher
from events.pipeline.in_process import InProcessEnrichment
from events.systems.playback.client import EnrichClient
from events.systems.playback.enrichers.model import AddModel, ModelService
from events.systems.playback.enrichers.region import AddRegion, RegionService

#: Seconds between two looks at an operation: short at first, then longer.
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 0.25


class OperationGone(TidemarkError):
    """The operation is not there any more: somebody deleted it from the database."""


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
        """Percentages, four a second or more: the first at once, none lower than the one before, the last is 100."""
        pause = _SHORTEST_LOOK
        while True:
            status = self._status()
            yield status.progress
            if status.is_done:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)

    def done(self) -> bool:
        """Whether all events came to their end, and the totals are visible."""
        return self._status().is_done

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for the end, `timeout` seconds at most (None: as long as it takes); returns whether it has come."""
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
        client: who is asked for regions and models. An object can't be sent to workers, so the look-ups then run in
            threads of this process; workers do the rest. Nothing is lost with the process: the events are committed
            first, and those not enriched when it dies go to the workers, which ask the client of the settings. None:
            workers do everything.
        source: where the events come from. An event is known by its id and time, and by this if it is given: the same
            events from another source are other events.
    """

    def __init__(
        self,
        type_name: str | None = "playback",
        *,
        client: EnrichClient | None = None,
        source: str | None = None,
    ) -> None:
        self._type_name = type_name
        self._source = source
        self._dispatch: Dispatch = dispatcher.chunks
        if client is not None:
            sources = {AddRegion.name: RegionService(client), AddModel.name: ModelService(client)}
            self._dispatch = InProcessEnrichment(sources).take

    def handle(self, events: Iterable[Mapping[str, Any]]) -> Operation:
        """Commits the events and returns at once; workers do the rest. No events are an operation that is done.

        Inside a transaction of the caller the events are committed, and dispatched, with it.

        Raises:
            NothingAcceptable: there are events, and none of them is valid; `errors` says why.
        """
        raw = [msgspec.json.encode(self._from_source(event)) for event in events]
        batch: AcceptedBatch = accept_batch(raw, type_name=self._type_name, now=utc_now(), dispatch=self._dispatch)
        return Operation(batch.operation_id, errors=batch.errors)

    def _from_source(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The event as it is, or as a CloudEvent that says where it comes from."""
        if self._source is None:
            return event
        return {
            "specversion": "1.0",
            "id": str(event.get("id", "")),
            "source": self._source,
            "type": self._type_name or event.get("type"),
            "data": event,
        }

    def stats(self) -> dict[str, Any]:
        """What `GET /v1/stats` shows of the collector's type: `total_events`, `processed_per_second` …"""
        return statistics.collect(now=utc_now(), type_name=self._type_name)

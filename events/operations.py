"""Operations as the outside world sees them: how many events came to which end, and how far the others are."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.database import fetch_all
from events.queries import queries
from events.states import PENDING

#: Steps an event goes through until it is counted; progress is counted in them.
STEPS = len(PENDING)


@dataclass(frozen=True)
class OperationStatus:
    """An operation at one moment. Counts are events.

    Attributes:
        steps_done_percent: steps done by events that are under way, in hundredths: 150 is one and a half.
    """

    id: uuid.UUID
    total: int
    handled: int
    failed: int
    duplicate: int
    cancelled: int
    rejected: int
    unsupported: int
    created_at: datetime
    finished_at: datetime | None
    steps_done_percent: int

    @property
    def is_done(self) -> bool:
        """Whether all its events are settled, and their totals visible."""
        return self.finished_at is not None

    @property
    def settled(self) -> int:
        """Events that came to an end."""
        return self.handled + self.failed + self.duplicate + self.cancelled

    @property
    def state(self) -> str:
        """`running`; `done`, or `cancelled` if any of its events were."""
        if not self.is_done:
            return "running"
        return "cancelled" if self.cancelled else "done"

    @property
    def progress(self) -> int:
        """Percent, rounded down; 100 only when done. Never goes back: chunks only move on."""
        if self.is_done:
            return 100
        return min(99, (100 * STEPS * self.settled + self.steps_done_percent) // (STEPS * max(1, self.total)))

    def as_document(self, *, now: datetime) -> dict[str, Any]:
        """As the API shows it; times are aware and UTC, rates per second."""
        elapsed = ((self.finished_at or now) - self.created_at).total_seconds()
        return {
            "id": str(self.id),
            "state": self.state,
            "progress": self.progress,
            "total_events": self.total,
            "handled_events": self.handled,
            "failed_events": self.failed,
            "duplicate_events": self.duplicate,
            "cancelled_events": self.cancelled,
            "rejected_events": self.rejected,
            "unsupported_events": self.unsupported,
            "elapsed_seconds": round(elapsed, 3),
            "events_per_second": round(self.settled / elapsed, 1) if elapsed > 0 else 0.0,
            "created_at": self.created_at,
            "finished_at": self.finished_at,
        }


def find_operation(operation_id: uuid.UUID) -> OperationStatus | None:
    """The operation as it is now; None if there is none of that id."""
    return next(iter(find_operations({operation_id})), None)


def find_operations(operation_ids: Collection[uuid.UUID]) -> list[OperationStatus]:
    """These operations as they are now; those that do not exist are left out."""
    ids = [str(one) for one in operation_ids]
    rows = fetch_all(queries.operation_progress.sql, {"ids": ids, "states": list(PENDING)})
    return [OperationStatus(*row) for row in rows]

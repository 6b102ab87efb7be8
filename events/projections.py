"""The seam for what follows from events: totals, notifications and whatever other apps keep.

A projection sees each chunk's new events once, inside the transaction that marks them aggregated. An app registers
its own in a module named `projection`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from events.records import EventRecord
from events.registry import Registry


class Projection(Protocol):
    """What a projection offers.

    Attributes:
        lock_rank: projections run in this order, so that locks are always taken in the same one.
    """

    lock_rank: int

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> Collection[str] | None:
        """Takes new events into account, within the caller's transaction.

        The events are in the events table; other chunks' events may be too, before this is called for them. Returns the
        ids of those that came too late to count, because older ones than these have been pruned; None: none did.
        """

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Computes again, from the stored events, all that depends on these: they were just taken out."""


projections: Registry[Projection] = Registry("projection", "projection")


def in_lock_order() -> list[Projection]:
    """All projections, in the order in which they take their locks."""
    return sorted(projections, key=lambda projection: projection.lock_rank)

"""Third step: let every projection take the new events into account, and count what became of them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from events.database import execute
from events.pipeline import chunks, tallies
from events.pipeline.leased_chunk import LeasedChunk
from events.projections import in_lock_order
from events.queries import queries


def aggregate(chunk: LeasedChunk, *, now: datetime) -> LeasedChunk:
    """Brings all totals up to date with the chunk's new events.

    Takes locks in this order: chunk, projections by rank, operation, tallies.
    """
    records = chunk.records()
    new = chunk.new_records()
    with transaction.atomic():
        chunks.lock(chunk)
        too_late = {late for projection in in_lock_order() for late in projection.apply(new, now=now) or ()}
        if too_late:
            execute(queries.mark_too_late.sql, {"ids": sorted(too_late)})
        settle(chunk, handled=len(new), duplicate=len(chunk.duplicates), now=now)
        tallies.add(
            processed=[record.type for record in new],
            duplicate=[records[position].type for position in chunk.duplicates],
            too_late=[record.type for record in new if record.id in too_late],
        )
        chunks.finish(chunk, now=now)
    return chunk


def settle(chunk: LeasedChunk, *, now: datetime, handled: int = 0, failed: int = 0, duplicate: int = 0) -> None:
    """Adds what became of the chunk's events to its operation, if it has one.

    Some of the chunk's events, or all. Replayed ones stand there as failed since they failed first; they move from
    there to their new end.
    """
    if chunk.operation_id is None:
        return
    execute(
        queries.settle_in_operation.sql,
        {
            "id": chunk.operation_id,
            "handled": handled,
            "failed": failed - (handled + failed + duplicate if chunk.replayed else 0),
            "duplicate": duplicate,
            "cancelled": 0,
            "now": now,
        },
    )

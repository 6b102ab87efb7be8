"""After the last commit: live statistics, live feed and event log hear of a chunk's new events.

Redis can't share PostgreSQL's transaction. So publishing may happen again after a crash: the live memory knows the
chunks it has heard of, and the event log may repeat a chunk's lines.
"""

from __future__ import annotations

import logging
from datetime import datetime

from events.pipeline import chunks
from events.pipeline.leased_chunk import LeasedChunk
from events.publishing import drops, event_log, live_memory
from events.publishing.drops import DropReason, Drops
from events.publishing.final_events import final_lines

logger = logging.getLogger(__name__)


def publish(chunk: LeasedChunk, *, now: datetime) -> LeasedChunk:
    """Publishes the chunk's new events; raises LiveMemoryAway, before anything is logged."""
    new = chunk.new_records()
    if new:
        dropped = Drops()
        lines = final_lines(new, dropped)
        live_memory.add(new, lines, dropped, now=now)
        event_log.show(new, lines)
        for drop in dropped:
            drop.log()
    chunks.mark_published(chunk)
    return chunk


def give_up(chunk: LeasedChunk) -> None:
    """Lets a chunk be that can't be published; its events are stored and counted all the same."""
    chunks.mark_published(chunk)
    drops.count(DropReason.GIVEN_UP, chunk.size - len(chunk.duplicates))
    logger.error(
        "A chunk could not be published: live statistics, event log and feed may lack its events.",
        extra={"action": "give_up", "chunk": chunk.id, "events": chunk.size, "error": chunk.last_error},
    )

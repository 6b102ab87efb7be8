"""After the last commit: live statistics, live feed and event log hear of a chunk's new events.

Redis can't share PostgreSQL's transaction. So publishing may happen again after a crash: the live memory knows the
chunks it has heard of, and the event log may repeat a chunk's lines.
"""

from __future__ import annotations

import logging
from datetime import datetime

from events.models import ChunkState
from events.pipeline import chunks
from events.pipeline.chunks import LeasedChunk
from events.publishing import event_log, live_memory
from events.publishing.final_events import final_forms

logger = logging.getLogger(__name__)

REQUIRES = ChunkState.AGGREGATED
REACHES = ChunkState.PUBLISHED


def publish(chunk: LeasedChunk, *, now: datetime) -> None:
    """Publishes the chunk's new events; raises LiveMemoryAway, before anything is logged."""
    new = chunk.new_records()
    if new:
        events = final_forms(new)
        live_memory.add(new, events, now=now)
        event_log.show(new, events)
    chunks.mark_published(chunk)


def give_up(chunk: LeasedChunk) -> None:
    """Lets a chunk be that can't be published; its events are stored and counted all the same."""
    chunks.mark_published(chunk)
    logger.error(
        "A chunk could not be published: live statistics, event log and feed may lack its events.",
        extra={"action": "give_up", "chunk": chunk.id, "events": chunk.size, "error": chunk.last_error},
    )

"""The sweep: finds what stands still, whatever the reason, and starts it again. Safe to run twice at once."""

from __future__ import annotations

from datetime import datetime

from events.conf import conf
from events.database import fetch_all
from events.pipeline import dispatch
from events.pipeline.drain import drain
from events.queries import queries
from events.states import ChunkState

#: Chunks dispatched by one sweep at most.
CHUNKS_PER_SWEEP = 200
#: And while as many messages lie in the queues: then chunks stand still because they stand in line, and messages for
#: them would only lengthen it. A few, in case a message was lost.
CHUNKS_PER_SWEEP_IN_BACKLOG = 5


def sweep(*, now: datetime) -> int:
    """Drains the inbox once, and dispatches the chunks that nobody works on and that have not moved for their pause."""
    drain(now=now)
    backlog = dispatch.messages_waiting() >= CHUNKS_PER_SWEEP
    standing = fetch_all(
        queries.take_standing_chunks.sql,
        {
            "now": now,
            "limit": CHUNKS_PER_SWEEP_IN_BACKLOG if backlog else CHUNKS_PER_SWEEP,
            "grace_seconds": conf.SWEEP_GRACE_SECONDS,
            "longest_pause_seconds": conf.SWEEP_PAUSE_LIMIT_SECONDS,
        },
    )
    for chunk_id, state, services in standing:
        dispatch.dispatch_chunk(chunk_id, ChunkState(state), services)
    return len(standing)

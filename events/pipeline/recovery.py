"""The sweep: finds what stands still, whatever the reason, and starts it again. Safe to run twice at once."""

from __future__ import annotations

from datetime import datetime

from events.conf import conf
from events.database import fetch_all
from events.models import ChunkState
from events.pipeline import announce
from events.pipeline.drain import drain
from events.queries import queries

#: Chunks announced by one sweep at most: a backlog is not announced over and over.
CHUNKS_PER_SWEEP = 200


def sweep(*, now: datetime) -> int:
    """Drains the inbox once, and announces the chunks that nobody works on and that have not moved for their pause."""
    drain(now=now)
    standing = fetch_all(
        queries.take_standing_chunks.sql,
        {
            "now": now,
            "limit": CHUNKS_PER_SWEEP,
            "grace_seconds": conf.SWEEP_GRACE_SECONDS,
            "longest_pause_seconds": conf.SWEEP_PAUSE_LIMIT_SECONDS,
        },
    )
    for chunk_id, state, types in standing:
        announce.publish(chunk_id, ChunkState(state), types)
    return len(standing)

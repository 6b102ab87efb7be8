"""Poison: a chunk that keeps failing is taken apart, until the event that does the harm stands alone.

So is one whose workers keep dying while they publish it. An exception there says nothing of any event: publishing
isolates those that raise by itself.

An event is blamed only when it stood alone and failed several times in a row; a worker killed by chance while it held
that event counts once, and whatever succeeds in between starts the count again.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from events.conf import conf
from events.database import execute
from events.exceptions import LiveMemoryAway
from events.pipeline import chunks, failures, publish
from events.pipeline.failures import Failure
from events.pipeline.leased_chunk import LeasedChunk
from events.projections import in_lock_order
from events.publishing import live_memory
from events.queries import queries
from events.states import PUBLISH, STEP_FROM, UNPERSISTED

logger = logging.getLogger(__name__)

#: A chunk is taken apart into this many parts: 1,000 events stand alone after three rounds.
PARTS = 10


def attempts_allowed(chunk: LeasedChunk) -> int:
    """How often a step may fail on the chunk before it is taken apart, or its only event blamed."""
    stays_whole = chunk.size == 1 or _cannot_be_published(chunk)
    return conf.POISON_ATTEMPTS if stays_whole else conf.CHUNK_ATTEMPTS


def _cannot_be_published(chunk: LeasedChunk) -> bool:
    return chunk.state is PUBLISH.requires and bool(chunk.last_error)


def take_apart(chunk: LeasedChunk, *, now: datetime) -> list[int]:
    """Splits the chunk, or fails its event if it holds only one; returns the ids of the chunks made.

    One that is aggregated fails no event: at the worst its news can't be told.
    """
    if chunk.state is PUBLISH.requires:
        try:
            if chunk.size == 1 or chunk.last_error or live_memory.knows(chunk.new_records()):
                publish.give_up(chunk)
                return []
        except LiveMemoryAway:
            chunks.hand_to_sweep(chunk, now=now)
            return []
    elif chunk.size == 1:
        fail(chunk, now=now)
        return []
    parts = split(chunk, now=now)
    logger.warning(
        "A chunk kept failing and was taken apart.",
        extra={"action": "split", "chunk": chunk.id, "events": chunk.size, "parts": parts, "error": chunk.last_error},
    )
    return parts


def split(chunk: LeasedChunk, *, now: datetime) -> list[int]:
    """Replaces the chunk by up to ten that wait for the same step, each with a part of its events."""
    records = chunk.records()
    length = -(-chunk.size // PARTS)
    parts = []
    with transaction.atomic():
        chunks.lock(chunk)
        for start in range(0, chunk.size, length):
            part = records[start : start + length]
            part_id = chunks.create(
                part,
                services=chunk.services,
                now=now,
                operation_id=chunk.operation_id,
                state=chunk.state,
                duplicates=[position - start for position in chunk.duplicates if start <= position < start + length],
                replayed=chunk.replayed,
                # The parts' figures add up to the chunk's: progress never goes back.
                looked_up=_share(start + len(part), chunk) - _share(start, chunk),
            )
            if chunk.state not in UNPERSISTED:
                ids = [record.id for record in part]
                execute(queries.assign_events_to_chunk.sql, {"chunk_id": part_id, "event_ids": ids})
            parts.append(part_id)
        execute(queries.inherit_times.sql, {"id": chunk.id, "parts": parts})
        chunks.delete(chunk.id)
    return parts


def _share(events: int, chunk: LeasedChunk) -> int:
    return chunk.looked_up * events // chunk.size


def fail(chunk: LeasedChunk, *, now: datetime) -> None:
    """Makes the chunk's only event a failed one; nothing that it did before remains, but its identity stays taken."""
    (record,) = chunk.records()
    step = STEP_FROM[chunk.state].name
    failure = Failure(
        record,
        code="raised" if chunk.last_error else "killed_worker",
        message=chunk.last_error or f"Its worker died {chunk.attempts - 1} times in the step {step}.",
        traceback=chunk.last_traceback,
    )
    with transaction.atomic():
        chunks.lock(chunk)
        if chunk.state not in UNPERSISTED:
            execute(queries.delete_events.sql, {"event_ids": [record.id]})
            for projection in in_lock_order():
                projection.repair([record], now=now)
        failures.keep(chunk, [failure], now=now)
        chunks.delete(chunk.id)
    failures.report(chunk, [failure])

"""Chunks: making them, leasing one for a step, and moving it on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from events.conf import conf
from events.database import execute, fetch_one
from events.exceptions import LeaseLost
from events.pipeline.leased_chunk import LeasedChunk
from events.queries import queries
from events.records import EventRecord, encode_payload
from events.states import AGGREGATE, PUBLISH, ChunkState


def create(
    records: Sequence[EventRecord],
    *,
    services: Sequence[str],
    now: datetime,
    operation_id: uuid.UUID | None = None,
    state: ChunkState = ChunkState.ACCEPTED,
    payload: str | None = None,
    duplicates: Sequence[int] = (),
    replayed: bool = False,
    looked_up: int = 0,
    waiting_for: str = "",
    not_before: datetime | None = None,
) -> int:
    """Stores a chunk of these events, in the order given, which waits for the step after `state`; returns its id.

    Args:
        services: the outside services that the events may have to be looked up at.
        looked_up: how far its look-ups are, in hundredths of an event.
        waiting_for: the outside service it waits for, and why; such chunks are not the pipeline's backlog.
        not_before: nobody takes it before that moment.
    """
    row = fetch_one(
        queries.insert_chunk.sql,
        {
            "operation_id": operation_id,
            "state": state,
            "size": len(records),
            "payload": encode_payload(records) if payload is None else payload,
            "types": sorted({record.type for record in records}),
            "services": list(services),
            "duplicates": list(duplicates),
            "replayed": replayed,
            "first_event_id": min(record.id for record in records),
            "last_event_id": max(record.id for record in records),
            "looked_up": looked_up,
            "waiting_for": waiting_for,
            "not_before": not_before,
            "sweep_at": not_before or now + timedelta(seconds=conf.SWEEP_GRACE_SECONDS),
            "now": now,
        },
    )
    assert row is not None
    return int(row[0])


def reserve(chunk_ids: Sequence[int], *, token: uuid.UUID, now: datetime) -> None:
    """Keeps chunks that nobody holds for whoever knows the token, for LEASE_SECONDS."""
    until = now + timedelta(seconds=conf.LEASE_SECONDS)
    execute(queries.reserve_chunks.sql, {"ids": list(chunk_ids), "token": token, "until": until})


def lease(
    chunk_id: int, *, state: ChunkState, now: datetime, reservation: uuid.UUID | None = None
) -> LeasedChunk | None:
    """Takes the chunk if it waits in `state` and nobody holds it, or it is reserved for us, for LEASE_SECONDS."""
    token = uuid.uuid4()
    until = now + timedelta(seconds=conf.LEASE_SECONDS)
    row = fetch_one(
        queries.lease_chunk.sql,
        {"id": chunk_id, "state": state, "token": token, "until": until, "now": now, "reservation": reservation},
    )
    if row is None:
        return None
    operation_id, size, types, services, attempts, replayed, duplicates, payload, enrichment, looked_up, *rest = row
    waits, last_error, last_traceback = rest
    return LeasedChunk(
        id=chunk_id,
        token=token,
        state=state,
        operation_id=operation_id,
        size=size,
        types=tuple(types),
        services=tuple(services),
        attempts=attempts,
        replayed=replayed,
        duplicates=tuple(duplicates),
        payload=payload,
        enrichment=enrichment,
        looked_up=looked_up,
        waits=waits,
        last_error=last_error,
        last_traceback=last_traceback,
    )


def services_of(chunk_id: int) -> tuple[str, ...] | None:
    """The outside services that the chunk's events may have to be looked up at; None: there is no such chunk."""
    row = fetch_one(queries.services_of_chunk.sql, {"id": chunk_id})
    return tuple(row[0]) if row else None


def waits_in(chunk_id: int, *, state: ChunkState, now: datetime) -> bool:
    """Whether the chunk waits in `state` with nobody at work on it."""
    return fetch_one(queries.chunk_waits_in.sql, {"id": chunk_id, "state": state, "now": now}) is not None


def lock(chunk: LeasedChunk) -> None:
    """First in a step's transaction: holds the chunk to its end; raises LeaseLost if another worker has it by now."""
    if fetch_one(queries.lock_leased_chunk.sql, {"id": chunk.id, "state": chunk.state, "token": chunk.token}) is None:
        raise LeaseLost


def advance(
    chunk: LeasedChunk,
    *,
    to: ChunkState,
    now: datetime,
    duplicates: Sequence[int] | None = None,
    enrichment: str | None = None,
) -> None:
    """Last in a step's transaction: the step has happened, the chunk is free for the next one, or stays held for it.

    Raises LeaseLost if another worker has it by now.
    """
    until = now + timedelta(seconds=conf.LEASE_SECONDS) if chunk.stays_held else None
    advanced = execute(
        queries.advance_chunk.sql,
        {
            "id": chunk.id,
            "token": chunk.token,
            "from_state": chunk.state,
            "state": to,
            "duplicates": list(chunk.duplicates if duplicates is None else duplicates),
            "enrichment": enrichment,
            "next_token": chunk.token if chunk.stays_held else None,
            "until": until,
            "attempts": int(chunk.stays_held),
            "sweep_at": until or now + timedelta(seconds=conf.SWEEP_GRACE_SECONDS),
        },
    )
    if not advanced:
        raise LeaseLost


def finish(chunk: LeasedChunk, *, now: datetime) -> None:
    """Last in the transaction of the last step that changes tables; its holder keeps the chunk, to publish it."""
    execute(
        queries.finish_chunk.sql,
        {
            "id": chunk.id,
            "state": AGGREGATE.reaches,
            "until": now + timedelta(seconds=conf.LEASE_SECONDS),
            "sweep_at": now + timedelta(seconds=conf.SWEEP_GRACE_SECONDS),
            "now": now,
        },
    )


def mark_published(chunk: LeasedChunk) -> None:
    """The chunk is through; its payload goes."""
    execute(queries.mark_published.sql, {"id": chunk.id, "token": chunk.token, "state": PUBLISH.reaches})


def hand_to_sweep(chunk: LeasedChunk, *, now: datetime) -> None:
    """Gives the chunk back, the attempt not counted; the sweep tries again, with pauses that grow."""
    execute(
        queries.hand_to_sweep.sql,
        {
            "id": chunk.id,
            "token": chunk.token,
            "now": now,
            "grace_seconds": conf.SWEEP_GRACE_SECONDS,
            "longest_pause_seconds": conf.SWEEP_PAUSE_LIMIT_SECONDS,
        },
    )


def postpone(
    chunk: LeasedChunk, *, seconds: float, now: datetime, error: str, traceback: str = "", forgive: bool = False
) -> None:
    """Gives the chunk back after a failure; nobody takes it for that many seconds.

    Args:
        forgive: the failure says nothing about the events, so the attempt does not count.
    """
    execute(
        queries.postpone_chunk.sql,
        {
            "id": chunk.id,
            "token": chunk.token,
            "not_before": now + timedelta(seconds=seconds),
            "error": error,
            "traceback": traceback,
            "forgive": int(forgive),
        },
    )


def let_wait(chunk: LeasedChunk, *, until: datetime, waiting_for: str) -> None:
    """Gives a locked chunk back, whole, because an outside service has no answer; nobody takes it before `until`."""
    execute(queries.let_chunk_wait.sql, {"id": chunk.id, "not_before": until, "waiting_for": waiting_for})


def shrink(chunk: LeasedChunk, *, to: Sequence[EventRecord]) -> None:
    """Leaves only these events in a locked chunk; the others went elsewhere."""
    execute(
        queries.shrink_chunk.sql,
        {
            "id": chunk.id,
            "size": len(to),
            "payload": encode_payload(to),
            "first_event_id": min(record.id for record in to),
            "last_event_id": max(record.id for record in to),
        },
    )


def note_looked_up(chunk: LeasedChunk, looked_up: int) -> None:
    """Tells how far the chunk's look-ups are, in hundredths of an event, for the operation's progress."""
    execute(queries.note_looked_up.sql, {"id": chunk.id, "token": chunk.token, "looked_up": looked_up})


def delete(chunk_id: int) -> None:
    """Forgets a chunk whose events went elsewhere."""
    execute(queries.delete_chunk.sql, {"id": chunk_id})

"""Chunks: making them, holding one while a step works on it, and moving it on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from events.conf import conf
from events.database import execute, fetch_one
from events.exceptions import LeaseLost
from events.models import ChunkState
from events.queries import queries
from events.records import EventRecord, decode_payload, encode_payload, with_enrichment


@dataclass(frozen=True)
class LeasedChunk:
    """A chunk that this worker holds until its lease ends.

    Attributes:
        state: the step it waits behind; a step moves it on from exactly here.
        types: the types of its events, each once.
        attempts: how often work on this step was begun, this time included.
        replayed: whether its events had failed before and are counted so in their operation.
        duplicates: positions of the events that repeat others, known once it is persisted.
        enrichment: what was added to its events, by event id, known once it is enriched.
        looked_up: how many of its events have had their look-ups, successful or not.
        waits: how often it was given back because an outside service had no answer.
    """

    id: int
    token: uuid.UUID
    state: ChunkState
    operation_id: uuid.UUID | None
    size: int
    types: tuple[str, ...]
    attempts: int
    replayed: bool
    duplicates: tuple[int, ...]
    payload: str
    enrichment: str | None
    looked_up: int
    waits: int
    last_error: str
    last_traceback: str

    def records(self) -> list[EventRecord]:
        """All its events, in the order of arrival, with their enrichment once they have one. Not to be changed."""
        return self._records

    def new_records(self) -> list[EventRecord]:
        """Its events that repeat no other, once it is persisted. Not to be changed."""
        return self._new_records

    @cached_property
    def _records(self) -> list[EventRecord]:
        records = decode_payload(self.payload)
        return records if self.enrichment is None else with_enrichment(records, self.enrichment)

    @cached_property
    def _new_records(self) -> list[EventRecord]:
        repeated = set(self.duplicates)
        return [record for position, record in enumerate(self._records) if position not in repeated]

    def in_state(self, state: ChunkState) -> LeasedChunk:
        """The same chunk after a step, held on to; publishing it is attempted for the first time."""
        same = replace(self, state=state, attempts=1, last_error="", last_traceback="")
        decoded = {name: value for name, value in vars(self).items() if name in ("_records", "_new_records")}
        vars(same).update(decoded)
        return same

    def with_error(self, error: str, traceback: str) -> LeasedChunk:
        """The same chunk, knowing why it failed last."""
        return replace(self, last_error=error, last_traceback=traceback)


def create(
    records: Sequence[EventRecord],
    *,
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
    """Stores a chunk of these events, in the order given, which waits for the step after `state`; answers its id.

    Args:
        looked_up: how many of its events have had their look-ups.
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


def lease(chunk_id: int, *, state: ChunkState, now: datetime) -> LeasedChunk | None:
    """Takes the chunk if it waits in `state` and nobody holds it, for LEASE_SECONDS."""
    token = uuid.uuid4()
    until = now + timedelta(seconds=conf.LEASE_SECONDS)
    row = fetch_one(
        queries.lease_chunk.sql, {"id": chunk_id, "state": state, "token": token, "until": until, "now": now}
    )
    if row is None:
        return None
    operation_id, size, types, attempts, replayed, duplicates, payload, enrichment, looked_up, waits, *last = row
    return LeasedChunk(
        id=chunk_id,
        token=token,
        state=state,
        operation_id=operation_id,
        size=size,
        types=tuple(types),
        attempts=attempts,
        replayed=replayed,
        duplicates=tuple(duplicates),
        payload=payload,
        enrichment=enrichment,
        looked_up=looked_up,
        waits=waits,
        last_error=last[0],
        last_traceback=last[1],
    )


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
    """Last in a step's transaction: the step has happened, the chunk is free for the next one."""
    execute(
        queries.advance_chunk.sql,
        {
            "id": chunk.id,
            "state": to,
            "duplicates": list(chunk.duplicates if duplicates is None else duplicates),
            "enrichment": enrichment,
            "sweep_at": now + timedelta(seconds=conf.SWEEP_GRACE_SECONDS),
        },
    )


def finish(chunk: LeasedChunk, *, now: datetime) -> None:
    """Last in the transaction of the last step that changes tables; its holder keeps the chunk, to publish it."""
    execute(
        queries.finish_chunk.sql,
        {
            "id": chunk.id,
            "until": now + timedelta(seconds=conf.LEASE_SECONDS),
            "sweep_at": now + timedelta(seconds=conf.SWEEP_GRACE_SECONDS),
            "now": now,
        },
    )


def mark_published(chunk: LeasedChunk) -> None:
    """The chunk is through; its payload goes."""
    execute(queries.mark_published.sql, {"id": chunk.id, "token": chunk.token})


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


def note_looked_up(chunk: LeasedChunk, count: int) -> None:
    """Tells how many of the chunk's events have had their look-ups, for the operation's progress."""
    execute(queries.note_looked_up.sql, {"id": chunk.id, "token": chunk.token, "looked_up": count})


def delete(chunk_id: int) -> None:
    """Forgets a chunk whose events went elsewhere."""
    execute(queries.delete_chunk.sql, {"id": chunk_id})

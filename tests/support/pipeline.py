"""The pipeline in this process: events in, steps run one by one, tables read whole."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.database import fetch_all
from events.intake.accept import accept_batch
from events.pipeline import steps
from events.pipeline.leased_chunk import LeasedChunk
from events.pipeline.steps import Outcome
from events.states import STEP_FROM, ChunkState
from tests.support import tables
from tests.support.watch_time import NOON


def heartbeat(user: str, slug: str, at: int, *, second: float | None = None, **fields: Any) -> dict[str, Any]:
    """A heartbeat `second` seconds after NOON, or without a time of its own."""
    time = {} if second is None else {"time": (NOON + timedelta(seconds=second)).isoformat()}
    return {"user": user, "slug": slug, "at": at} | time | fields


def post(events: Iterable[dict[str, Any]], *, type_name: str = "heartbeat") -> list[int]:
    """Accepts the events as one request; the ids of the chunks made."""
    before = chunk_ids()
    accept_batch([json.dumps(event).encode() for event in events], type_name=type_name, now=datetime.now(UTC))
    return [chunk_id for chunk_id in chunk_ids() if chunk_id not in before]


def run_to(chunk_id: int, state: ChunkState) -> None:
    """Brings a chunk into that state, step by step; the last one also publishes."""
    while (reached := state_of(chunk_id)) != state:
        assert steps.run(STEP_FROM[ChunkState(reached)], chunk_id) is Outcome.GO_ON


def go_on(chunk: LeasedChunk) -> None:
    """Does the next step of a chunk that is held, and those after it, as a worker does."""
    steps.run_held(STEP_FROM[chunk.state], chunk, go_on=go_on)


def process(chunks: Sequence[int]) -> None:
    """Brings the chunks to their end, one after the other."""
    for chunk_id in chunks:
        run_to(chunk_id, ChunkState.PUBLISHED)


def chunk_ids() -> list[int]:
    """All chunks, in the order of their making."""
    return [chunk_id for (chunk_id,) in fetch_all("SELECT id FROM chunks ORDER BY id")]


def state_of(chunk_id: int) -> str:
    """How far a chunk has come."""
    ((state,),) = fetch_all("SELECT state FROM chunks WHERE id = %(id)s", {"id": chunk_id})
    return str(state)


def ends() -> dict[str, tuple[int, ...]]:
    """The tallies, whole."""
    return tables.ends(fetch_all)


def rows_in(*names: str) -> dict[str, int]:
    """How many rows each table has."""
    return tables.rows_in(fetch_all, *names)

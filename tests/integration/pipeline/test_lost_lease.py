"""A worker that was frozen and lost its lease changes nothing when it wakes up, whatever it was about to do."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from events.clock import utc_now
from events.database import execute
from events.exceptions import LeaseLost
from events.pipeline import chunks, isolation, steps
from events.pipeline.chunks import LeasedChunk
from events.pipeline.lease_keeper import LeaseKeeper
from events.pipeline.steps import Outcome
from events.states import STEP_FROM, ChunkState
from tests.integration.pipeline.transactions import leased
from tests.support.deaths import everything
from tests.support.pipeline import heartbeat, post, state_of
from tests.support.sweeps import Time, worker_dies

pytestmark = pytest.mark.django_db(transaction=True)

BEATS = [heartbeat("ann", "alien", 10, second=1, id=1), heartbeat("bob", "alien", 10, second=1, id=2)]
IN_ANY_STATE = pytest.mark.parametrize("state", list(STEP_FROM))


def frozen(state: ChunkState, *, size: int = 2) -> LeasedChunk:
    """A chunk that this worker held, and another one holds by now."""
    (chunk_id,) = post(BEATS[:size])
    chunk = leased(chunk_id, state)
    later = utc_now() + timedelta(minutes=1)
    assert chunks.lease(chunk_id, state=state, now=later) is not None
    return chunk


@pytest.mark.parametrize("state", [ChunkState.ACCEPTED, ChunkState.ENRICHED, ChunkState.PERSISTED])
def test_it_does_no_step(state: ChunkState) -> None:
    chunk = frozen(state)
    before = everything()
    with pytest.raises(LeaseLost):
        steps.WORK[STEP_FROM[state]](chunk, now=utc_now())
    assert everything() == before


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("state", [ChunkState.ACCEPTED, ChunkState.ENRICHED, ChunkState.PERSISTED])
def test_it_takes_nothing_apart_and_blames_nobody(state: ChunkState, size: int) -> None:
    chunk = frozen(state, size=size).with_error("RuntimeError: sabotage", "…")
    before = everything()
    with pytest.raises(LeaseLost):
        isolation.take_apart(chunk, now=utc_now())
    assert everything() == before


NOTES: list[Callable[[LeasedChunk], object]] = [
    lambda chunk: chunks.postpone(chunk, seconds=60, now=utc_now(), error="late"),
    lambda chunk: chunks.hand_to_sweep(chunk, now=utc_now()),
    lambda chunk: chunks.mark_published(chunk),
    lambda chunk: chunks.note_looked_up(chunk, 100),
    lambda chunk: LeaseKeeper([chunk.id], chunk.token)._renew(),
]


@IN_ANY_STATE
@pytest.mark.parametrize("note", NOTES, ids=["postpone", "hand_to_sweep", "mark_published", "looked_up", "renew"])
def test_it_notes_nothing(state: ChunkState, note: Callable[[LeasedChunk], object]) -> None:
    chunk = frozen(state)
    before = everything()
    note(chunk)
    assert everything() == before


def test_a_chunk_that_is_lost_while_it_is_taken_apart_is_left_to_its_new_holder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given a worker that is about to take a chunk apart when it freezes
    (chunk_id,) = post(BEATS)
    clock = Time()
    worker_dies(chunk_id, clock, times=2)
    take_apart = isolation.take_apart

    def freeze(chunk: LeasedChunk, **arguments: object) -> list[int]:
        execute("UPDATE chunks SET lease_token = %(token)s", {"token": uuid.uuid4()})
        return take_apart(chunk, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(isolation, "take_apart", freeze)
    clock.passes()
    # then
    assert steps.run(steps.ENRICH, chunk_id, clock=clock) is Outcome.STOP
    assert state_of(chunk_id) == ChunkState.ACCEPTED


def test_a_reservation_is_nobody_elses() -> None:
    (chunk_id,) = post(BEATS)
    now = utc_now()
    chunks.reserve([chunk_id], token=uuid.uuid4(), now=now)
    assert chunks.lease(chunk_id, state=ChunkState.ACCEPTED, now=now) is None
    assert chunks.lease(chunk_id, state=ChunkState.ACCEPTED, now=now, reservation=uuid.uuid4()) is None

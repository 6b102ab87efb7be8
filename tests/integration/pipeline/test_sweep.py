"""The sweep: what it dispatches, and when it holds back."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.conf import conf
from events.pipeline import dispatch, recovery
from events.redis_client import redis_client
from events.states import ChunkState
from tests.integration.pipeline.transactions import leased
from tests.support.pipeline import heartbeat, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[int]:
    """Ten chunks stand still; the sweep's dispatches."""
    settings.SWEEP_GRACE_SECONDS = 0
    for second in range(10):
        post([heartbeat("ann", "alien", second, second=second)])
    chunks: list[int] = []
    monkeypatch.setattr(dispatch, "dispatch_chunk", lambda chunk_id, state, types: chunks.append(chunk_id))
    return chunks


def test_chunks_that_stand_still_are_dispatched_again(dispatched: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "messages_waiting", lambda: recovery.CHUNKS_PER_SWEEP - 1)
    recovery.sweep(now=utc_now())
    assert len(dispatched) == 10


def test_chunks_that_stand_in_line_are_dispatched_again_a_few_at_a_time(
    dispatched: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "messages_waiting", lambda: recovery.CHUNKS_PER_SWEEP)
    recovery.sweep(now=utc_now())
    assert dispatched == sorted(dispatched)
    assert len(dispatched) == recovery.CHUNKS_PER_SWEEP_IN_BACKLOG


def test_messages_are_counted_in_all_queues_of_chunks() -> None:
    redis_client().flushdb()
    assert dispatch.messages_waiting() == 0
    dispatch.dispatch_chunk(1, ChunkState.ACCEPTED, ["bet"])
    dispatch.dispatch_chunk(2, ChunkState.PERSISTED, ["bet"])
    dispatch.dispatch_chunk(3, ChunkState.AGGREGATED, ["bet"])
    assert dispatch.messages_waiting() == 3
    redis_client().flushdb()


def test_a_chunk_that_is_being_published_is_left_to_its_worker(settings: Settings) -> None:
    settings.SWEEP_GRACE_SECONDS = 0
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1)])
    leased(chunk_id, ChunkState.AGGREGATED)
    assert recovery.sweep(now=utc_now()) == 0
    assert recovery.sweep(now=utc_now() + timedelta(seconds=conf.LEASE_SECONDS)) == 1

"""The sweep: what it announces, and when it holds back."""

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.pipeline import announce, recovery
from events.redis_client import redis_client
from events.states import ChunkState
from tests.support.pipeline import heartbeat, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[int]:
    """Ten chunks stand still; the sweep's announcements."""
    settings.SWEEP_GRACE_SECONDS = 0
    for second in range(10):
        post([heartbeat("ann", "alien", second, second=second)])
    chunks: list[int] = []
    monkeypatch.setattr(announce, "publish", lambda chunk_id, state, types: chunks.append(chunk_id))
    return chunks


def test_chunks_that_stand_still_are_announced_again(announced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "messages_waiting", lambda: recovery.CHUNKS_PER_SWEEP - 1)
    recovery.sweep(now=utc_now())
    assert len(announced) == 10


def test_chunks_that_stand_in_line_are_announced_again_a_few_at_a_time(
    announced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "messages_waiting", lambda: recovery.CHUNKS_PER_SWEEP)
    recovery.sweep(now=utc_now())
    assert announced == sorted(announced)
    assert len(announced) == recovery.CHUNKS_PER_SWEEP_IN_BACKLOG


def test_messages_are_counted_in_all_queues_of_chunks() -> None:
    redis_client().flushdb()
    assert announce.messages_waiting() == 0
    announce.publish(1, ChunkState.ACCEPTED, ["bet"])
    announce.publish(2, ChunkState.PERSISTED, ["bet"])
    announce.publish(3, ChunkState.AGGREGATED, ["bet"])
    assert announce.messages_waiting() == 3
    redis_client().flushdb()

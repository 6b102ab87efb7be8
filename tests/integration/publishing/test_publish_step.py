"""The publish step: what becomes of a chunk after its last commit."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client

from events.clock import utc_now
from events.conf import conf
from events.database import execute, fetch_all
from events.pipeline import aggregate, chunks, dispatch, recovery, steps
from events.pipeline.steps import Outcome
from events.publishing import live_memory
from events.publishing.feed import FEED_KEY
from events.states import AGGREGATE, PUBLISH, ChunkState
from tests.support.pipeline import ends, heartbeat, post, process, run_to, state_of

BEAT = heartbeat("ann", "alien", 10)
AS_PUBLISHED = {"user": "ann", "slug": "alien", "type": "heartbeat", "at": 10}


def fed(memory: redis.Redis) -> list[dict[str, Any]]:
    """The events of the feed."""
    return [json.loads(line) for _, entry in memory.xrange(FEED_KEY) for line in entry[b"events"].splitlines()]


def waiting_payload(chunk_id: int) -> int:
    ((length,),) = fetch_all("SELECT length(payload) FROM chunks WHERE id = %(id)s", {"id": chunk_id})
    return int(length)


def dispatched_by_sweep(monkeypatch: pytest.MonkeyPatch, *, later: float) -> list[tuple[int, ChunkState]]:
    """What the sweep dispatches that many seconds from now."""
    dispatched: list[tuple[int, ChunkState]] = []
    monkeypatch.setattr(
        dispatch, "dispatch_chunk", lambda chunk_id, state, _types: dispatched.append((chunk_id, state))
    )
    recovery.sweep(now=utc_now() + timedelta(seconds=later))
    return dispatched


def test_a_chunk_is_published_right_after_it_is_aggregated(memory: redis.Redis) -> None:
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.PERSISTED)
    steps.run(AGGREGATE, chunk_id)
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert fed(memory) == [AS_PUBLISHED]
    assert waiting_payload(chunk_id) == 0


def test_duplicates_are_not_published(memory: redis.Redis) -> None:
    beat = BEAT | {"id": 1}
    process([*post([beat, beat]), *post([beat])])
    assert fed(memory) == [AS_PUBLISHED | {"id": 1}]


def test_what_a_crash_left_aggregated_is_published_by_the_sweep(
    memory: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a worker that died between the commit and the publishing
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.PERSISTED)
    chunk = chunks.lease(chunk_id, state=ChunkState.PERSISTED, now=utc_now())
    assert chunk is not None
    aggregate.aggregate(chunk, now=utc_now())
    assert fed(memory) == []
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}
    # when its lease is over
    assert dispatched_by_sweep(monkeypatch, later=1) == []
    assert conf.SWEEP_GRACE_SECONDS < 5.5 < conf.LEASE_SECONDS
    assert dispatched_by_sweep(monkeypatch, later=5.5) == []  # its worker may be publishing it
    assert dispatched_by_sweep(monkeypatch, later=7) == [(chunk_id, ChunkState.AGGREGATED)]
    steps.run(PUBLISH, chunk_id, clock=lambda: utc_now() + timedelta(seconds=7))
    # then
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert fed(memory) == [AS_PUBLISHED]


def test_a_chunk_published_twice_counts_once_in_the_live_memory(
    memory: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a worker that died after Redis had heard of the chunk and before PostgreSQL knew that
    (chunk_id,) = post([BEAT])
    with monkeypatch.context() as dying:
        dying.setattr(chunks, "mark_published", lambda chunk: None)
        run_to(chunk_id, ChunkState.AGGREGATED)
    assert fed(memory) == [AS_PUBLISHED]
    # when
    assert steps.run(PUBLISH, chunk_id, clock=lambda: utc_now() + timedelta(seconds=7)) is Outcome.GO_ON
    # then
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert fed(memory) == [AS_PUBLISHED]


def test_redis_away_holds_up_nothing_and_is_made_good_when_it_is_back(
    memory: redis.Redis, redis_away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.AGGREGATED)
    # then its events count, and the attempts in vain are not held against it
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}
    for _ in range(10):
        assert steps.run(PUBLISH, chunk_id) is Outcome.STOP
    assert state_of(chunk_id) == ChunkState.AGGREGATED
    assert waiting_payload(chunk_id) > 0
    # and the sweep comes back to it with pauses that grow
    assert dispatched_by_sweep(monkeypatch, later=6) == [(chunk_id, ChunkState.AGGREGATED)]
    assert dispatched_by_sweep(monkeypatch, later=10) == []
    assert dispatched_by_sweep(monkeypatch, later=12) == [(chunk_id, ChunkState.AGGREGATED)]
    assert dispatched_by_sweep(monkeypatch, later=21) == []
    assert dispatched_by_sweep(monkeypatch, later=23) == [(chunk_id, ChunkState.AGGREGATED)]
    # when
    redis_away()
    assert steps.run(PUBLISH, chunk_id) is Outcome.GO_ON
    # then
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert fed(memory) == [AS_PUBLISHED]


def test_a_chunk_that_cannot_be_published_is_let_be_after_several_attempts(memory: redis.Redis, client: Client) -> None:
    # given something of another type where the chunks should be, which is no event's fault
    memory.set(live_memory.CHUNKS_KEY, "no sorted set")
    beat = BEAT | {"id": 1}
    (chunk_id,) = post([beat, beat])
    run_to(chunk_id, ChunkState.AGGREGATED)
    # when
    for attempt in range(2, 6):
        assert state_of(chunk_id) == ChunkState.AGGREGATED, attempt
        execute("UPDATE chunks SET lease_until = NULL")
        steps.run(PUBLISH, chunk_id)
    # then its events are stored, counted, and no failures
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert ends() == {"heartbeat": (1, 1, 0, 0, 0, 0)}
    ((error,),) = fetch_all("SELECT last_error FROM chunks")
    assert error.startswith("ResponseError: WRONGTYPE")
    assert client.get("/v1/stats").json()["drops"] == {"given_up": 1}


def test_a_feed_that_redis_does_not_take_keeps_back_no_statistics(memory: redis.Redis, client: Client) -> None:
    # given something of another type where the feed should be
    memory.set(FEED_KEY, "no stream")
    start = {"id": 1, "player_id": 1, "game_id": 100, "created_at": 0}
    process(post([start], type_name="game_start"))
    # then
    assert client.get("/materialized").json()["events_total"] == 1
    assert client.get("/v1/stats").json()["drops"] == {"refused": 1}
    # and no other chunk was held up
    memory.delete(FEED_KEY)
    process(post([BEAT]))
    assert fed(memory) == [AS_PUBLISHED]


def test_with_redis_away_statistics_do_not_tell_what_was_dropped(
    redis_away: Callable[[], None], client: Client
) -> None:
    assert client.get("/v1/stats").json()["drops"] is None

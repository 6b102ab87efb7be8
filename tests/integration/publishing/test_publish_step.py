"""The publish step: what becomes of a chunk after its last commit."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis

from events.clock import utc_now
from events.database import execute, fetch_all
from events.models import ChunkState
from events.pipeline import announce, chunks, publish, recovery, steps
from events.pipeline.steps import Outcome
from events.publishing.feed import FEED_KEY
from tests.pipeline import ends, heartbeat, post, process, run_to, state_of

BEAT = heartbeat("ann", "alien", 10)
AS_PUBLISHED = {"user": "ann", "slug": "alien", "type": "heartbeat", "at": 10}


def fed(memory: redis.Redis) -> list[dict[str, Any]]:
    """The events of the feed."""
    return [json.loads(line) for _, entry in memory.xrange(FEED_KEY) for line in entry[b"events"].splitlines()]


def waiting_payload(chunk_id: int) -> int:
    ((length,),) = fetch_all("SELECT length(payload) FROM chunks WHERE id = %(id)s", {"id": chunk_id})
    return int(length)


def announced_by_sweep(monkeypatch: pytest.MonkeyPatch, *, later: float) -> list[tuple[int, ChunkState]]:
    """What the sweep announces that many seconds from now."""
    announced: list[tuple[int, ChunkState]] = []
    monkeypatch.setattr(announce, "publish", lambda chunk_id, state, _types: announced.append((chunk_id, state)))
    recovery.sweep(now=utc_now() + timedelta(seconds=later))
    return announced


def test_a_chunk_is_published_right_after_it_is_aggregated(memory: redis.Redis) -> None:
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.PERSISTED)
    steps.run(steps.AGGREGATE, chunk_id)
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
    steps.AGGREGATE.work(chunk, now=utc_now())
    assert fed(memory) == []
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}
    # when its lease is over
    assert announced_by_sweep(monkeypatch, later=1) == []
    assert announced_by_sweep(monkeypatch, later=7) == [(chunk_id, ChunkState.AGGREGATED)]
    assert announce.TASKS_AFTER[ChunkState.AGGREGATED] == ("events.publish",)
    steps.run(steps.PUBLISH, chunk_id, clock=lambda: utc_now() + timedelta(seconds=7))
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
    assert steps.run(steps.PUBLISH, chunk_id, clock=lambda: utc_now() + timedelta(seconds=7)) is Outcome.GO_ON
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
        assert steps.run(steps.PUBLISH, chunk_id) is Outcome.STOP
    assert state_of(chunk_id) == ChunkState.AGGREGATED
    assert waiting_payload(chunk_id) > 0
    # and the sweep comes back to it with pauses that grow
    assert announced_by_sweep(monkeypatch, later=6) == [(chunk_id, ChunkState.AGGREGATED)]
    assert announced_by_sweep(monkeypatch, later=10) == []
    assert announced_by_sweep(monkeypatch, later=12) == [(chunk_id, ChunkState.AGGREGATED)]
    assert announced_by_sweep(monkeypatch, later=21) == []
    assert announced_by_sweep(monkeypatch, later=23) == [(chunk_id, ChunkState.AGGREGATED)]
    # when
    redis_away()
    assert steps.run(steps.PUBLISH, chunk_id) is Outcome.GO_ON
    # then
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert fed(memory) == [AS_PUBLISHED]


def test_a_chunk_that_cannot_be_published_is_let_be_after_several_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(publish, "final_forms", lambda records: 1 / 0)
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.AGGREGATED)
    # when
    for attempt in range(2, 6):
        assert state_of(chunk_id) == ChunkState.AGGREGATED, attempt
        execute("UPDATE chunks SET lease_until = NULL")
        steps.run(steps.PUBLISH, chunk_id)
    # then its events are stored, counted, and no failures
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}
    assert fetch_all("SELECT last_error FROM chunks") == [("ZeroDivisionError: division by zero",)]


def test_what_redis_does_not_take_from_one_chunk_holds_up_no_other(memory: redis.Redis) -> None:
    # given something of another type where the feed should be
    memory.set(FEED_KEY, "no stream")
    first, second = post([BEAT])[0], post([BEAT])[0]
    run_to(first, ChunkState.AGGREGATED)
    # when
    memory.delete(FEED_KEY)
    run_to(second, ChunkState.PUBLISHED)
    # then Redis was not taken for away
    assert fed(memory) == [AS_PUBLISHED]
    assert fetch_all("SELECT attempts FROM chunks WHERE id = %(id)s", {"id": first}) == [(1,)]

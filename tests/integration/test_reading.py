"""What the outside world sees of an event and its operation, at every step of the way."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from events import statistics
from events.database import fetch_all
from events.intake.accept import accept_batch, accept_one
from events.models import ChunkState
from events.operations import find_operation
from events.pipeline.drain import drain
from events.reading import find_event
from tests.pipeline import chunk_ids, heartbeat, process, run_to

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def state_of_event(event_id: str) -> str:
    """The state that the API shows."""
    document = find_event(uuid.UUID(event_id))
    assert document is not None
    return str(document["state"])


def progress_of(operation_id: uuid.UUID) -> tuple[int, bool]:
    """An operation's percentage, and whether it is done."""
    operation = find_operation(operation_id)
    assert operation is not None
    return operation.progress, operation.is_done


def test_an_event_is_pending_wherever_it_is_until_it_is_counted() -> None:
    event_id = accept_one(json.dumps(heartbeat("ann", "alien", 5)).encode(), type_name="heartbeat", now=NOW)
    places = [state_of_event(event_id)]
    drain(now=NOW)
    (chunk,) = chunk_ids()
    places.append(state_of_event(event_id))
    run_to(chunk, ChunkState.PERSISTED)
    places.append(state_of_event(event_id))
    assert places == ["pending"] * 3
    run_to(chunk, ChunkState.PUBLISHED)
    assert state_of_event(event_id) == "processed"


def test_an_operations_progress_moves_and_is_100_only_when_the_totals_are_visible() -> None:
    batch = accept_batch([json.dumps(heartbeat("ann", "alien", 5)).encode()], type_name="heartbeat", now=NOW)
    (chunk,) = chunk_ids()
    seen = [progress_of(batch.operation_id)]
    for state in (ChunkState.PERSISTED, ChunkState.PUBLISHED):
        run_to(chunk, state)
        seen.append(progress_of(batch.operation_id))
    assert [done for _, done in seen] == [False, False, True]
    (accepted, _), (persisted, _), (aggregated, _) = seen
    assert 0 <= accepted < persisted < aggregated == 100
    assert fetch_all("SELECT watch_seconds FROM watch_time_movies") == [(5,)]


def test_the_rate_is_that_of_the_last_minute_or_since_the_first_event() -> None:
    accept_batch(
        [json.dumps(heartbeat("ann", "alien", at)).encode() for at in range(30)], type_name="heartbeat", now=NOW
    )
    process(chunk_ids())
    now = datetime.now(UTC)
    fetch = "UPDATE chunks SET created_at = %(created)s, finished_at = %(finished)s RETURNING 1"
    fetch_all(fetch, {"created": now - timedelta(seconds=10), "finished": now - timedelta(seconds=5)})
    assert statistics.collect(now=now)["processed_per_second"] == pytest.approx(3, rel=0.01)
    fetch_all(fetch, {"created": now - timedelta(seconds=300), "finished": now - timedelta(seconds=30)})
    assert statistics.collect(now=now)["processed_per_second"] == pytest.approx(0.5, rel=0.01)
    fetch_all(fetch, {"created": now - timedelta(seconds=300), "finished": now - timedelta(seconds=61)})
    assert statistics.collect(now=now)["processed_per_second"] == 0
    assert statistics.collect(now=now)["total_events"] == 30

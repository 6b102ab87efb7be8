"""The drain: which events it puts into a chunk, in which order, and when it tells of it."""

import json

import pytest
from django.db import connection

from events.clock import utc_now
from events.database import fetch_all
from events.intake.accept import accept_one
from events.pipeline import dispatch
from events.pipeline.drain import drain
from tests.support.pipeline import chunk_ids, heartbeat, process, rows_in

pytestmark = pytest.mark.django_db(transaction=True)


def accept(at: int) -> str:
    """Accepts a heartbeat by itself, all with the same identity; its id."""
    body = json.dumps(heartbeat("ann", "alien", at, second=1, id=1)).encode()
    return accept_one(body, type_name="heartbeat", now=utc_now())


def test_of_events_with_one_identity_the_first_that_came_counts() -> None:
    first, *others = (accept(at) for at in range(10, 20))
    drain(now=utc_now())
    process(chunk_ids())
    assert fetch_all("SELECT id::text FROM events") == [(first,)]
    assert fetch_all("SELECT id::text, original_id::text FROM duplicate_events ORDER BY id") == [
        (other, first) for other in others
    ]


def test_a_chunk_is_dispatched_once_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    # else a worker may look for it too early, and it would wait for the sweep
    dispatched: list[tuple[int, bool]] = []
    monkeypatch.setattr(
        dispatch, "dispatch_chunk", lambda chunk_id, *_: dispatched.append((chunk_id, connection.in_atomic_block))
    )
    accept(10)
    drain(now=utc_now())
    assert dispatched == [(chunk_id, False) for chunk_id in chunk_ids()]
    assert rows_in("inbox", "chunks") == {"inbox": 0, "chunks": 1}

"""Cancelling while a step, or isolation, is at work on the chunk."""

import uuid
from functools import partial

from events.clock import utc_now
from events.database import fetch_all
from events.pipeline import steps
from events.pipeline.cancel import cancel_operation
from events.pipeline.steps import Outcome
from events.states import ChunkState
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import ends, heartbeat, post, process, rows_in, run_to

BEATS = [heartbeat(user, "alien", 10, second=1, id=user) for user in ("ann", "bob")]


def operation_id() -> uuid.UUID:
    ((found,),) = fetch_all("SELECT id::text FROM operations")
    return uuid.UUID(found)


def test_cancelling_waits_for_a_step_that_is_storing(gate: Gate) -> None:
    # given a step that has the chunk and waits for something else
    (chunk_id,) = post(BEATS)
    run_to(chunk_id, ChunkState.ENRICHED)
    gate.hold("LOCK TABLE dedupe_keys IN SHARE MODE")
    step = gate.start(partial(steps.run, steps.PERSIST, chunk_id))
    gate.wait_for_waiters(1)
    # when
    cancelling = gate.start(partial(cancel_operation, operation_id(), now=utc_now()))
    gate.wait_for_waiters(2)
    gate.open()
    # then it came too late
    assert step.result(timeout=60) is Outcome.GO_ON
    assert cancelling.result(timeout=60) == 0
    process([chunk_id])
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}


def test_cancelling_wins_when_the_step_it_waited_for_is_undone(gate: Gate) -> None:
    (chunk_id,) = post(BEATS)
    gate.hold(f"SELECT 1 FROM chunks WHERE id = {chunk_id} FOR UPDATE")
    cancelling = gate.start(partial(cancel_operation, operation_id(), now=utc_now()))
    gate.wait_for_waiters(1)
    gate.open()
    assert cancelling.result(timeout=60) == 2
    assert rows_in("chunks") == {"chunks": 0}
    assert ends() == {"heartbeat": (0, 0, 0, 0, 0, 2)}


def test_a_chunk_that_is_taken_apart_meanwhile_is_cancelled_in_its_parts(gate: Gate) -> None:
    # given somebody who replaces the chunk by another one with the same events
    (chunk_id,) = post(BEATS)
    columns = ", ".join(
        name
        for (name,) in fetch_all(
            "SELECT attname FROM pg_attribute "
            "WHERE attrelid = 'chunks'::regclass AND attnum > 0 AND attgenerated = '' AND attname <> 'id'"
        )
    )
    gate.hold(f"SELECT 1 FROM chunks WHERE id = {chunk_id} FOR UPDATE")
    cancelling = gate.start(partial(cancel_operation, operation_id(), now=utc_now()))
    gate.wait_for_waiters(1)
    # when
    gate.hold(f"INSERT INTO chunks ({columns}) SELECT {columns} FROM chunks WHERE id = {chunk_id}")
    gate.hold(f"DELETE FROM chunks WHERE id = {chunk_id}")
    gate.commit()
    # then
    assert cancelling.result(timeout=60) == 2
    assert rows_in("chunks") == {"chunks": 0}
    assert fetch_all("SELECT cancelled, finished_at IS NOT NULL FROM operations") == [(2, True)]

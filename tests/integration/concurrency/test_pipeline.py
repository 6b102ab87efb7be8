"""Steps, drains and sweeps that meet at the same moment."""

import json
from datetime import UTC, datetime
from functools import partial

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.intake.accept import accept_one
from events.intake.sorting import sort_items
from events.pipeline import dispatch, steps
from events.pipeline.drain import drain
from events.pipeline.recovery import sweep
from events.pipeline.steps import Outcome
from events.redis_client import redis_client
from events.states import AGGREGATE, ENRICH, PERSIST, ChunkState
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import chunk_ids, ends, heartbeat, post, process, rows_in, run_to, state_of
from tests.support.processes.waiting import wait_until
from tests.support.watch_time import Totals, stored


def accept(second: int) -> str:
    """Accepts one heartbeat by itself; its id."""
    return accept_one(
        json.dumps(heartbeat("ann", "alien", second, second=second)).encode(), type_name="heartbeat", now=utc_now()
    )


def test_two_chunks_that_bring_the_same_identities_store_each_once(gate: Gate) -> None:
    beats = [heartbeat("ann", "alien", at, second=at, id=f"beat {at}") for at in (10, 20, 30)]
    first, second = post(beats)[0], post(reversed(beats))[0]
    for chunk_id in (first, second):
        run_to(chunk_id, ChunkState.ENRICHED)
    gate.pass_together(
        "LOCK TABLE dedupe_keys IN SHARE MODE",
        partial(steps.run, PERSIST, first),
        partial(steps.run, PERSIST, second),
    )
    process([first, second])
    assert rows_in("dedupe_keys", "events", "duplicate_events") == {
        "dedupe_keys": 3,
        "events": 3,
        "duplicate_events": 3,
    }
    assert ends() == {"heartbeat": (3, 3, 0, 0, 0, 0)}
    assert stored(fetch_all) == Totals({("ann", "alien"): (30, 30, 30)}, {"alien": (30, 1)}, {"ann": (30, 1)})
    assert fetch_all("SELECT event_id FROM dedupe_keys ORDER BY 1") == fetch_all("SELECT id FROM events ORDER BY 1")


def test_identities_are_claimed_in_the_order_of_their_keys(gate: Gate) -> None:
    # given a chunk whose events come in the opposite order
    beats = [heartbeat("ann", "alien", at, id=at) for at in range(10)]
    sorted_in = sort_items([json.dumps(beat).encode() for beat in beats], type_name="heartbeat", now=utc_now())
    by_key = sorted(zip([record.dedupe_key for record in sorted_in.records], beats, strict=True), reverse=True)
    (highest, _), *_, (lowest, _) = by_key
    (chunk_id,) = post(beat for _, beat in by_key)
    run_to(chunk_id, ChunkState.ENRICHED)
    # when somebody has the lowest key
    claim = "INSERT INTO dedupe_keys (key, event_id) VALUES (%s, gen_random_uuid())"
    gate.hold(claim, [lowest])
    step = gate.start(partial(steps.run, PERSIST, chunk_id))
    gate.wait_for_waiters(1)
    # then the highest is still free
    gate.hold("SET LOCAL lock_timeout = '50ms'")
    gate.hold(claim, [highest])
    gate.open()
    assert step.result(timeout=60) is Outcome.GO_ON


def test_a_step_that_meets_itself_takes_effect_once(gate: Gate) -> None:
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1), heartbeat("bob", "alien", 20, second=1)])
    for step, reached in (
        (ENRICH, ChunkState.ENRICHED),
        (PERSIST, ChunkState.PERSISTED),
        (AGGREGATE, ChunkState.PUBLISHED),
    ):
        outcomes = gate.pass_together(
            f"SELECT 1 FROM chunks WHERE id = {chunk_id} FOR UPDATE",
            partial(steps.run, step, chunk_id),
            partial(steps.run, step, chunk_id),
        )
        # the one that came second finds the chunk taken, or the step done
        assert Outcome.GO_ON in outcomes
        assert state_of(chunk_id) == reached
    assert rows_in("events") == {"events": 2}
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}
    assert stored(fetch_all) == Totals(
        {("ann", "alien"): (10, 10, 10), ("bob", "alien"): (20, 20, 20)},
        {"alien": (30, 2)},
        {"ann": (10, 1), "bob": (20, 1)},
    )


def test_two_drains_share_the_inbox(gate: Gate, settings: Settings) -> None:
    settings.CHUNK_SIZE = 3
    accepted = [accept(second) for second in range(5)]
    found = gate.pass_together(
        "LOCK TABLE chunks IN SHARE MODE", partial(drain, now=utc_now()), partial(drain, now=utc_now())
    )
    assert sorted(found) == [2, 3]
    assert rows_in("inbox", "chunks") == {"inbox": 0, "chunks": 2}
    process(chunk_ids())
    assert fetch_all("SELECT id::text FROM events ORDER BY id") == [(event_id,) for event_id in sorted(accepted)]
    assert ends() == {"heartbeat": (5, 0, 0, 0, 0, 0)}
    assert stored(fetch_all) == Totals({("ann", "alien"): (4, 4, 4)}, {"alien": (4, 1)}, {"ann": (4, 1)})


def test_a_drain_that_stands_still_holds_up_no_other(gate: Gate) -> None:
    accepted = [accept(second) for second in range(3)]
    gate.hold("SELECT 1 FROM inbox ORDER BY id LIMIT 1 FOR UPDATE")  # a drain that was frozen
    assert gate.start(partial(drain, now=utc_now())).result(timeout=30) == 2
    gate.open()
    assert drain(now=utc_now()) == 1
    process(chunk_ids())
    assert fetch_all("SELECT id::text FROM events ORDER BY id") == [(event_id,) for event_id in accepted]


def test_two_sweeps_dispatch_each_standing_chunk_once(gate: Gate) -> None:
    made = [post([heartbeat("ann", "alien", second, second=second)])[0] for second in range(4)]
    execute("UPDATE chunks SET sweep_at = now() - interval '1 second'")
    dispatched = gate.pass_together(
        "LOCK TABLE chunks IN SHARE MODE", partial(sweep, now=utc_now()), partial(sweep, now=utc_now())
    )
    assert sum(dispatched) == 4
    assert fetch_all("SELECT id, sweeps, state FROM chunks ORDER BY id") == [(one, 1, "accepted") for one in made]


def test_a_sweep_and_a_step_on_the_same_chunk_do_not_wait_for_each_other(gate: Gate) -> None:
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1)])
    execute("UPDATE chunks SET sweep_at = now() - interval '1 second'")
    gate.hold(f"SELECT 1 FROM chunks WHERE id = {chunk_id} FOR UPDATE")  # a step at work
    assert gate.start(partial(sweep, now=utc_now())).result(timeout=30) == 0
    gate.open()
    process([chunk_id])
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}


def test_events_accepted_while_a_drain_claims_are_dispatched_again(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    # The dispatch is forgotten before the drain claims, not after: what comes in between dispatches another drain.
    monkeypatch.setattr(dispatch.dispatcher, "drain", lambda: None)
    wait_until(lambda: not dispatch.dispatcher._drain_wanted.is_set(), what="drains wanted before are dispatched")
    accept(1)
    redis_client().set(dispatch.DRAIN_PENDING_KEY, "1")
    gate.hold("LOCK TABLE inbox IN SHARE MODE")
    thread = gate.start(partial(drain, now=datetime.now(UTC)))
    gate.wait_for_waiters(1)
    assert redis_client().get(dispatch.DRAIN_PENDING_KEY) is None
    gate.open()
    assert thread.result(timeout=30) == 1

"""A step takes effect once, whole or not at all."""

import json
from datetime import timedelta

import psycopg2.errors
import pytest
from django.db import OperationalError, transaction

from events.clock import utc_now
from events.conf import conf
from events.database import execute, fetch_all
from events.exceptions import LeaseLost
from events.intake.accept import accept_one
from events.pipeline import aggregate, chunks, persist, steps, tallies
from events.pipeline.recovery import sweep
from events.pipeline.steps import Outcome
from events.states import AGGREGATE, ENRICH, PERSIST, STEP_FROM, ChunkState, Step
from tests.integration.pipeline.saboteur import Saboteur
from tests.support.pipeline import chunk_ids, ends, heartbeat, post, process, rows_in, run_to, state_of
from tests.support.watch_time import Totals, stored

NOTHING = Totals({}, {}, {})
ANN = Totals({("ann", "alien"): (10, 10, 10)}, {"alien": (10, 1)}, {"ann": (10, 1)})
TABLES = ("events", "dedupe_keys", "duplicate_events", "failed_events")


def one_chunk() -> int:
    """A chunk of one heartbeat that has an id."""
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1, id=1)])
    return chunk_id


@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_done_is_not_done_again() -> None:
    chunk_id = one_chunk()
    process([chunk_id])
    for step in (ENRICH, PERSIST, AGGREGATE):
        steps.run(step, chunk_id)
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}
    assert rows_in(*TABLES) == {"events": 1, "dedupe_keys": 1, "duplicate_events": 0, "failed_events": 0}


@pytest.mark.django_db(transaction=True)
def test_a_message_delivered_again_after_the_step_was_done_lets_the_chain_go_on() -> None:
    # the worker died between its commit and the next message
    chunk_id = one_chunk()
    assert steps.run(ENRICH, chunk_id) is Outcome.GO_ON
    assert steps.run(ENRICH, chunk_id) is Outcome.GO_ON
    assert steps.run(AGGREGATE, chunk_id) is Outcome.STOP  # out of turn
    assert state_of(chunk_id) == ChunkState.ENRICHED
    assert rows_in(*TABLES) == dict.fromkeys(TABLES, 0)


def test_an_aggregation_that_fails_at_its_end_leaves_nothing_behind(saboteur: Saboteur) -> None:
    chunk_id = one_chunk()
    run_to(chunk_id, ChunkState.PERSISTED)
    saboteur.hates = {"ann"}
    assert steps.run(AGGREGATE, chunk_id) is Outcome.STOP
    assert stored(fetch_all) == NOTHING
    assert ends() == {}
    assert fetch_all("SELECT state, attempts, lease_token, last_error FROM chunks") == [
        ("persisted", 1, None, "RuntimeError: sabotage")
    ]
    saboteur.hates = set()
    assert steps.run(AGGREGATE, chunk_id, clock=lambda: utc_now() + timedelta(seconds=60)) is Outcome.GO_ON
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "function", "state", "step"),
    [
        (chunks, "advance", ChunkState.ENRICHED, PERSIST),
        (chunks, "finish", ChunkState.PERSISTED, AGGREGATE),
    ],
)
def test_a_database_that_fails_at_the_last_statement_undoes_the_step(
    monkeypatch: pytest.MonkeyPatch, module: object, function: str, state: ChunkState, step: Step
) -> None:
    chunk_id = one_chunk()
    run_to(chunk_id, state)
    before = (rows_in(*TABLES), stored(fetch_all), ends())
    with monkeypatch.context() as patch:
        patch.setattr(module, function, _fail)
        assert steps.run(step, chunk_id) is Outcome.STOP
    assert (rows_in(*TABLES), stored(fetch_all), ends()) == before
    assert state_of(chunk_id) == state
    # it was not the events' fault: nothing is held against them
    assert fetch_all("SELECT attempts FROM chunks") == [(0,)]
    execute("UPDATE chunks SET lease_until = NULL")
    process([chunk_id])
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", [ChunkState.ENRICHED, ChunkState.PERSISTED])
def test_a_step_that_met_another_transaction_is_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch, state: ChunkState
) -> None:
    chunk_id = one_chunk()
    run_to(chunk_id, state)
    attempts = []
    lock = chunks.lock

    def deadlock_at_first(chunk: chunks.LeasedChunk) -> None:
        attempts.append(chunk.attempts)
        lock(chunk)
        if len(attempts) == 1:
            raise OperationalError from psycopg2.errors.DeadlockDetected()

    monkeypatch.setattr(chunks, "lock", deadlock_at_first)
    assert steps.run(STEP_FROM[state], chunk_id) is Outcome.GO_ON
    assert attempts == [1, 1]


def _fail(*_args: object, **_kwargs: object) -> None:
    raise OperationalError("the connection went away")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("state", "work"), [(ChunkState.ENRICHED, persist.persist), (ChunkState.PERSISTED, aggregate.aggregate)]
)
def test_a_worker_that_lost_its_lease_changes_nothing(state: ChunkState, work: steps.Callable[..., None]) -> None:
    chunk_id = one_chunk()
    run_to(chunk_id, state)
    now = utc_now()
    frozen = chunks.lease(chunk_id, state=state, now=now)
    assert frozen is not None
    assert chunks.lease(chunk_id, state=state, now=now + timedelta(seconds=1)) is None
    successor = chunks.lease(chunk_id, state=state, now=now + timedelta(minutes=1))
    assert successor is not None
    before = (rows_in(*TABLES), stored(fetch_all), ends())
    with pytest.raises(LeaseLost):
        work(frozen, now=now)
    chunks.postpone(frozen, seconds=0, now=now, error="late")
    assert (rows_in(*TABLES), stored(fetch_all), ends()) == before
    work(successor, now=now)
    with pytest.raises(LeaseLost):
        work(frozen, now=now)
    execute("UPDATE chunks SET lease_until = NULL")  # what is aggregated is held on, to be published
    process([chunk_id])
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}


@pytest.mark.django_db(transaction=True)
def test_a_chunk_whose_messages_were_lost_is_found_by_the_sweep() -> None:
    chunk_id = one_chunk()
    now = utc_now()
    assert sweep(now=now) == 0  # its message may still come
    assert sweep(now=now + timedelta(seconds=10)) == 1
    assert sweep(now=now + timedelta(seconds=10)) == 0  # dispatched a moment ago
    run_to(chunk_id, ChunkState.PERSISTED)
    assert sweep(now=utc_now() + timedelta(seconds=10)) == 1
    process([chunk_id])
    assert sweep(now=now + timedelta(days=1)) == 0
    assert stored(fetch_all) == ANN


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_dispatch_was_lost_is_found_by_the_sweep() -> None:
    body = json.dumps(heartbeat("ann", "alien", 10, second=1, id=1)).encode()
    event_id = accept_one(body, type_name="heartbeat", now=utc_now())
    sweep(now=utc_now())
    assert rows_in("inbox") == {"inbox": 0}
    process(chunk_ids())
    assert fetch_all("SELECT id::text FROM events") == [(event_id,)]
    assert stored(fetch_all) == ANN


@pytest.mark.django_db(transaction=True)
def test_a_chunk_whose_worker_died_is_dispatched_when_its_lease_ends() -> None:
    # however long the sweep had come to wait between two dispatches, while the chunk stood in a queue
    chunk_id = one_chunk()
    now = utc_now()
    for _ in range(10):
        now += timedelta(minutes=1)
        assert sweep(now=now) == 1
    leased = chunks.lease(chunk_id, state=ChunkState.ACCEPTED, now=now)
    assert leased is not None
    assert sweep(now=now + timedelta(seconds=conf.LEASE_SECONDS - 0.1)) == 0
    assert sweep(now=now + timedelta(seconds=conf.LEASE_SECONDS)) == 1


@pytest.mark.django_db(transaction=True)
def test_tallies_are_part_of_the_transaction() -> None:
    with transaction.atomic():
        tallies.add(processed=["heartbeat"])
        transaction.set_rollback(True)
    assert ends() == {}

"""Cancelling an operation: what is not stored is dropped, and leaves nothing behind."""

import uuid

import pytest

from events.clock import utc_now
from events.conf import conf
from events.database import fetch_all
from events.intake.replay import failed_events, replay_failed
from events.pipeline.cancel import cancel_operation
from events.states import ChunkState
from tests.integration.pipeline.saboteur import Saboteur
from tests.support.pipeline import chunk_ids, ends, heartbeat, post, process, rows_in, run_to
from tests.support.sweeps import Time, work_until_idle, worker_dies
from tests.support.watch_time import Totals, stored

BEAT = heartbeat("ann", "alien", 10, second=1, id=1)
ANN = Totals({("ann", "alien"): (10, 10, 10)}, {"alien": (10, 1)}, {"ann": (10, 1)})
COUNTS = "total, handled, failed, duplicate, cancelled, finished_at IS NOT NULL"


def first_operation() -> uuid.UUID:
    ((operation_id,), *_) = fetch_all("SELECT id::text FROM operations ORDER BY id")
    return uuid.UUID(operation_id)


@pytest.mark.django_db(transaction=True)
def test_what_is_persisted_goes_on() -> None:
    (chunk_id,) = post([BEAT])
    run_to(chunk_id, ChunkState.PERSISTED)
    assert cancel_operation(first_operation(), now=utc_now()) == 0
    process([chunk_id])
    assert fetch_all(f"SELECT {COUNTS} FROM operations") == [(1, 1, 0, 0, 0, True)]
    assert stored(fetch_all) == ANN


def test_an_event_that_failed_and_is_cancelled_while_it_is_replayed_can_be_sent_again(
    saboteur: Saboteur,
) -> None:
    # given two events that failed in the last step and are replayed
    saboteur.hates = {"ann", "bob"}
    post([BEAT, heartbeat("bob", "alien", 20, second=1, id=2)])
    work_until_idle(Time())
    assert rows_in("failed_events", "dedupe_keys") == {"failed_events": 2, "dedupe_keys": 2}
    list(replay_failed(failed_events(), now=utc_now()))
    # when
    assert cancel_operation(first_operation(), now=utc_now()) == 2
    # then nothing is left of them
    assert fetch_all(f"SELECT {COUNTS} FROM operations") == [(2, 0, 0, 0, 2, True)]
    assert rows_in("chunks", "events", "failed_events", "dedupe_keys") == {
        "chunks": 0,
        "events": 0,
        "failed_events": 0,
        "dedupe_keys": 0,
    }
    # and the same event sent again is new
    saboteur.hates = set()
    post([BEAT])
    process(chunk_ids())
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 2)}
    assert stored(fetch_all) == ANN


def test_an_identity_that_another_event_has_stays_with_it(saboteur: Saboteur) -> None:
    # given an event whose identity was forgotten when it was cancelled, and the same one, sent and stored meanwhile
    saboteur.hates = {"ann"}
    post([BEAT])
    work_until_idle(Time())
    operation_id = first_operation()
    list(replay_failed(failed_events(), now=utc_now()))
    cancel_operation(operation_id, now=utc_now())
    saboteur.hates = set()
    post([BEAT])
    process(chunk_ids())
    # when it is cancelled once more, as a duplicate
    (again,) = post([BEAT])
    ((of_again,),) = fetch_all("SELECT operation_id::text FROM chunks WHERE id = %(id)s", {"id": again})
    assert cancel_operation(uuid.UUID(of_again), now=utc_now()) == 1
    # then the identity is still taken
    process(post([BEAT]))
    assert ends() == {"heartbeat": (1, 1, 0, 0, 0, 2)}
    assert rows_in("dedupe_keys", "events") == {"dedupe_keys": 1, "events": 1}


@pytest.mark.django_db(transaction=True)
def test_an_identity_that_was_taken_while_an_event_stood_as_failed_stays_taken() -> None:
    # given an event that failed before it was stored, and the same one, sent and stored since
    (chunk_id,) = post([BEAT])
    clock = Time()
    worker_dies(chunk_id, clock, times=conf.POISON_ATTEMPTS)
    work_until_idle(clock)
    process(post([BEAT]))
    # when the first is cancelled while it is replayed
    list(replay_failed(failed_events(), now=utc_now()))
    assert cancel_operation(first_operation(), now=utc_now()) == 1
    # then one that is sent again is a duplicate
    process(post([BEAT]))
    assert ends() == {"heartbeat": (1, 1, 0, 0, 0, 1)}
    assert stored(fetch_all) == ANN

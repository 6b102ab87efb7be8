"""One bad event harms only itself, and no innocent one is blamed."""

import math

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError

from events.conf import conf
from events.database import execute, fetch_all
from events.models import FailedEvent
from events.pipeline import dispatch, isolation, steps
from events.pipeline.steps import Outcome
from events.states import AGGREGATE, ENRICH, STEP_FROM, ChunkState
from tests.integration.pipeline.saboteur import Saboteur
from tests.support.fitness import accept, launch, notifications
from tests.support.pipeline import ends, heartbeat, post, process, rows_in, run_to
from tests.support.sweeps import Time, unfinished, work_until_idle, worker_dies
from tests.support.watch_time import Beat, defined, stored


def test_one_of_a_thousand_that_raises_fails_alone(saboteur: Saboteur) -> None:
    beats = [heartbeat(f"user {n}", "alien", n, second=n, id=n) for n in range(1000)]
    saboteur.hates = {"user 700"}
    post(beats)
    work_until_idle(Time())

    innocent = [Beat(f"user {n}", "alien", n, n) for n in range(1000) if n != 700]
    assert stored(fetch_all) == defined(innocent)
    assert rows_in("events", "failed_events") == {"events": 999, "failed_events": 1}
    assert ends() == {"heartbeat": (999, 0, 1, 0, 0, 0)}
    assert fetch_all("SELECT total, handled, failed, finished_at IS NOT NULL FROM operations") == [(1000, 999, 1, True)]
    failed = FailedEvent.objects.get()
    assert (failed.type, failed.step, failed.code) == ("heartbeat", "aggregate", "raised")
    assert failed.message == "RuntimeError: sabotage"
    assert "in apply" in failed.traceback
    assert '"user": "user 700"' in failed.payload

    # while the cause is there a replay brings it back, whole
    call_command("replay", "--failed")
    work_until_idle(Time())
    assert ends() == {"heartbeat": (999, 0, 1, 0, 0, 0)}
    assert fetch_all("SELECT total, handled, failed, finished_at IS NOT NULL FROM operations") == [(1000, 999, 1, True)]

    # and once the cause is gone, processes it
    saboteur.hates = set()
    call_command("replay", "--failed", "--type", "heartbeat")
    work_until_idle(Time())
    assert stored(fetch_all) == defined([*innocent, Beat("user 700", "alien", 700, 700)])
    assert rows_in("events", "failed_events", "duplicate_events", "dedupe_keys") == {
        "events": 1000,
        "failed_events": 0,
        "duplicate_events": 0,
        "dedupe_keys": 1000,
    }
    assert ends() == {"heartbeat": (1000, 0, 0, 0, 0, 0)}
    assert fetch_all("SELECT total, handled, failed FROM operations") == [(1000, 1000, 0)]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT repeat('x', 2000000000)", "requested length too large"),
        ("SELECT 1 / 0", "division by zero"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)", "statement timeout"),
    ],
)
def test_an_event_that_the_database_chokes_on_fails_alone(
    saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch, statement: str, reason: str
) -> None:
    # unlike a database that is away, for which no event is blamed
    monkeypatch.setattr(saboteur, "harm", lambda: execute(statement))
    saboteur.hates = {"user 7"}
    post(heartbeat(f"user {n}", "alien", n, second=n) for n in range(10))
    work_until_idle(Time())
    assert rows_in("events", "failed_events") == {"events": 9, "failed_events": 1}
    failed = FailedEvent.objects.get()
    assert reason in failed.message
    assert '"user": "user 7"' in failed.payload


def test_an_event_that_is_stored_and_not_counted_is_in_no_total_and_may_fail(saboteur: Saboteur) -> None:
    # a heartbeat that is late has one for its neighbour that is going to fail
    saboteur.hates = {"ann"}
    (bad,) = post([heartbeat("ann", "alien", 30, second=2)])
    run_to(bad, ChunkState.PERSISTED)
    saboteur.hates = set()
    (good,) = post([heartbeat("ann", "alien", 10, second=1)])
    process([good])
    (late,) = post([heartbeat("ann", "alien", 5, second=0)])
    process([late])
    assert stored(fetch_all) == defined([Beat("ann", "alien", 5, 0), Beat("ann", "alien", 10, 1)])
    saboteur.hates = {"ann"}
    work_until_idle(Time())
    assert stored(fetch_all) == defined([Beat("ann", "alien", 5, 0), Beat("ann", "alien", 10, 1)])
    assert ends() == {"heartbeat": (2, 0, 1, 0, 0, 0)}


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_alone_when_worker_after_worker_dies_fails() -> None:
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1)])
    clock = Time()
    worker_dies(chunk_id, clock, times=5)
    work_until_idle(clock)
    failed = FailedEvent.objects.get()
    assert (failed.step, failed.code, failed.attempts) == ("enrich", "killed_worker", 6)
    assert failed.message == "Its worker died 5 times in the step enrich."
    assert ends() == {"heartbeat": (0, 0, 1, 0, 0, 0)}
    assert rows_in("events", "chunks") == {"events": 0, "chunks": 0}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_events_whose_workers_die_again_and_again_by_chance_do_not_fail(size: int) -> None:
    # in every step, for whatever the chunk was taken apart into, nearly as often as it takes to be blamed
    beats = [heartbeat(f"user {n}", "alien", n, second=n) for n in range(size)]
    post(beats)
    clock = Time()
    while left := unfinished():
        for chunk_id, state in left:
            ((length,),) = fetch_all("SELECT size FROM chunks WHERE id = %(id)s", {"id": chunk_id})
            worker_dies(chunk_id, clock, times=4 if length == 1 else 2)
            clock.passes()
            steps.run(STEP_FROM[state], chunk_id, clock=clock)
    assert rows_in("events", "failed_events") == {"events": size, "failed_events": 0}
    assert ends() == {"heartbeat": (size, 0, 0, 0, 0, 0)}
    assert stored(fetch_all) == defined([Beat(f"user {n}", "alien", n, n) for n in range(size)])


@pytest.mark.django_db(transaction=True)
def test_a_chunk_of_several_is_never_blamed() -> None:
    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1), heartbeat("bob", "alien", 10, second=1)])
    clock = Time()
    worker_dies(chunk_id, clock, times=50)
    work_until_idle(clock)
    assert rows_in("failed_events", "events") == {"failed_events": 0, "events": 2}


def test_a_chunk_that_failed_is_dispatched_for_the_end_of_its_pause(
    saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that it need not wait for the next sweep
    dispatched: list[tuple[int, ChunkState, float]] = []
    monkeypatch.setattr(
        dispatch,
        "dispatch_chunk",
        lambda chunk_id, state, types, *, after_seconds=0.0: dispatched.append((chunk_id, state, after_seconds)),
    )
    saboteur.hates = {"ann"}
    (chunk_id,) = post([heartbeat("ann", "alien", 10), heartbeat("bob", "alien", 10)])
    run_to(chunk_id, ChunkState.PERSISTED)
    clock = Time()
    steps.run(AGGREGATE, chunk_id, clock=clock)
    ((not_before, sweep_at),) = fetch_all("SELECT lease_until, sweep_at FROM chunks")
    assert not_before == sweep_at
    pause = (not_before - clock.now).total_seconds()
    assert dispatched == [(chunk_id, "persisted", pytest.approx(pause, abs=0.001))]
    # and what it is taken apart into at once
    clock.passes()
    steps.run(AGGREGATE, chunk_id, clock=clock)
    parts = [part for part, _ in unfinished()]
    assert dispatched[1:] == [(part, "persisted", 0.0) for part in parts]
    assert len(parts) == 2


@pytest.mark.parametrize("luck", [0.75, 1.25])
def test_the_pauses_before_one_bad_event_of_a_thousand_is_found_take_less_than_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, luck: float
) -> None:
    monkeypatch.setattr(steps.random, "uniform", lambda low, high: luck)
    rounds = math.ceil(math.log(conf.CHUNK_SIZE, isolation.PARTS))
    of_several = [steps._back_off(attempt) for attempt in range(1, conf.CHUNK_ATTEMPTS)] * rounds
    alone = [steps._back_off(attempt) for attempt in range(1, conf.POISON_ATTEMPTS)]
    assert 3 < sum(of_several + alone) < 8  # the rest is for work


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_held_against_no_event(error: type[Exception]) -> None:
    def work(*_: object, **__: object) -> None:
        raise error("the server closed the connection unexpectedly")

    (chunk_id,) = post([heartbeat("ann", "alien", 10, second=1)])
    clock = Time()
    for _ in range(2 * conf.POISON_ATTEMPTS):
        clock.passes()
        assert steps.run(ENRICH, chunk_id, clock=clock, work=work) is Outcome.STOP
    assert fetch_all("SELECT attempts FROM chunks") == [(0,)]
    work_until_idle(clock)
    assert ends() == {"heartbeat": (1, 0, 0, 0, 0, 0)}


def test_duplicates_stay_duplicates_in_the_parts_of_their_chunk(saboteur: Saboteur) -> None:
    beats = [heartbeat(f"user {n}", "alien", n, second=n, id=n) for n in range(20)]
    process(post(beats[3:14:5]))
    saboteur.hates = {"user 7"}
    post(beats)
    work_until_idle(Time())
    assert ends() == {"heartbeat": (19, 3, 1, 0, 0, 0)}
    assert stored(fetch_all) == defined([Beat(f"user {n}", "alien", n, n) for n in range(20) if n != 7])


def test_a_failed_event_is_taken_out_of_what_had_seen_it(saboteur: Saboteur) -> None:
    # given a launch that is stored, and one before it, for which the user's notifications are planned
    (bad,) = accept([launch(20)])
    run_to(bad, ChunkState.PERSISTED)
    process(accept([launch(0)]))
    assert notifications() == [("start_training", "jane", 0.0), ("start_training", "jane", 20.0)]
    # when the stored one fails
    saboteur.hates = {"jane"}
    work_until_idle(Time())
    assert notifications() == [("start_training", "jane", 0.0)]

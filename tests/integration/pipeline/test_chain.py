"""The chain of tasks: a worker that did a step goes on with the next one, unless something hinders it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import task_prerun

from events import tasks
from events.clock import utc_now
from events.conf import conf
from events.database import execute, fetch_all
from events.models import Event
from events.pipeline import steps
from events.pipeline.leased_chunk import LeasedChunk
from events.pipeline.steps import Outcome
from events.states import ENRICH, PERSIST, STEP_FROM, ChunkState, Step
from tests.integration.pipeline.saboteur import Saboteur
from tests.support.deaths import Died, statements_of
from tests.support.pipeline import ends, go_on, heartbeat, post, process, rows_in, run_to, state_of
from tests.support.sweeps import Time, worker_dies
from tests.support.watch_time import Totals, stored

pytestmark = pytest.mark.django_db(transaction=True)

BEATS = [heartbeat("ann", "alien", at, second=at, id=at) for at in (10, 20)]
ANN = Totals({("ann", "alien"): (20, 20, 20)}, {"alien": (20, 1)}, {"ann": (20, 1)})


@pytest.fixture
def begun() -> Iterator[list[tuple[str, str]]]:
    """The tasks that begin: (name, id)."""
    seen: list[tuple[str, str]] = []

    def note(*, task_id: str, task: Any, **_: object) -> None:
        seen.append((task.name, task_id))

    task_prerun.connect(note)
    yield seen
    task_prerun.disconnect(note)


def test_three_tasks_run_one_after_the_other_in_one_process(begun: list[tuple[str, str]]) -> None:
    (chunk_id,) = post(BEATS)
    tasks.enrich_at_once.apply(args=(chunk_id,))
    assert [name for name, _ in begun] == ["events.enrich_at_once", "events.persist", "events.aggregate"]
    assert len({task_id for _, task_id in begun}) == 3
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}


def test_the_chunk_is_leased_and_read_once() -> None:
    (chunk_id,) = post(BEATS)
    statements = statements_of(lambda: tasks.enrich_at_once.apply(args=(chunk_id,)))
    assert len([each for each in statements if "payload, enrichment" in each]) == 1


def test_tasks_of_the_chain_that_come_again_change_nothing() -> None:
    (chunk_id,) = post(BEATS)
    tasks.enrich_at_once.apply(args=(chunk_id,))
    tasks.persist.apply(args=(chunk_id,))
    tasks.aggregate.apply(args=(chunk_id,))
    assert rows_in("events") == {"events": 2}
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}


def test_duplicates_and_what_was_added_are_handed_on() -> None:
    process(post(BEATS))
    bet = {"id": 1, "player_id": 11, "game_id": 101, "amount": 500, "currency": "EUR", "created_at": 0, "type": "bet"}
    chunks = post([BEATS[0] | {"type": "heartbeat"}, bet], type_name=None)
    for chunk_id in chunks:
        tasks.enrich_at_once.apply(args=(chunk_id,))
    assert fetch_all("SELECT DISTINCT state FROM chunks") == [("published",)]
    assert ends() == {"heartbeat": (2, 1, 0, 0, 0, 0), "bet": (1, 0, 0, 0, 0, 0)}
    (stored_bet,) = Event.objects.filter(type="bet")
    assert stored_bet.enrichment["amount_eur"] == 500
    assert stored_bet.enrichment["description"].startswith("Player #11 placed a bet of 5 EUR")
    assert stored(fetch_all) == ANN


@pytest.mark.parametrize(("died_in", "left_in"), [(PERSIST, ChunkState.ENRICHED), (None, ChunkState.PERSISTED)])
def test_a_worker_that_dies_between_two_steps_has_done_the_first(died_in: Step | None, left_in: ChunkState) -> None:
    def die(chunk: LeasedChunk) -> None:
        if died_in is None and chunk.state is ChunkState.ENRICHED:
            steps.run_held(PERSIST, chunk, go_on=die)
        raise Died

    (chunk_id,) = post(BEATS)
    with pytest.raises(Died):
        steps.run(ENRICH, chunk_id, go_on=die)
    # it is still held, and this counts as the first attempt at the step that did not happen
    assert fetch_all("SELECT state, attempts, lease_until > now(), sweep_at = lease_until FROM chunks") == [
        (left_in, 1, True, True)
    ]
    later = utc_now() + timedelta(minutes=1)
    assert steps.run(STEP_FROM[left_in], chunk_id, clock=lambda: later, go_on=go_on) in set(Outcome)
    assert state_of(chunk_id) == ChunkState.PUBLISHED
    assert stored(fetch_all) == ANN
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}


def test_a_step_that_fails_leaves_the_one_before_done(saboteur: Saboteur) -> None:
    saboteur.hates = {"ann"}
    (chunk_id,) = post(BEATS)
    tasks.enrich_at_once.apply(args=(chunk_id,))
    assert fetch_all("SELECT state, attempts, lease_token, last_error FROM chunks") == [
        ("persisted", 1, None, "RuntimeError: sabotage")
    ]
    assert (rows_in("events"), ends()) == ({"events": 2}, {})
    saboteur.hates = set()
    execute("UPDATE chunks SET lease_until = NULL")
    run_to(chunk_id, ChunkState.PUBLISHED)
    assert stored(fetch_all) == ANN


def test_a_chunk_that_is_lost_between_two_steps_is_left_to_its_new_holder() -> None:
    (chunk_id,) = post(BEATS)

    def lose(chunk: LeasedChunk) -> None:
        execute("UPDATE chunks SET lease_token = gen_random_uuid()")
        assert steps.run_held(PERSIST, chunk, go_on=go_on) is Outcome.STOP

    assert steps.run(ENRICH, chunk_id, go_on=lose) is Outcome.STOP
    assert state_of(chunk_id) == ChunkState.ENRICHED
    assert rows_in("events", "dedupe_keys") == {"events": 0, "dedupe_keys": 0}


def test_attempts_at_a_step_do_not_count_for_the_next(saboteur: Saboteur) -> None:
    # given an event that would be blamed for one more failure
    saboteur.hates = {"ann"}
    (chunk_id,) = post(BEATS[:1])
    clock = Time()
    worker_dies(chunk_id, clock, times=conf.POISON_ATTEMPTS - 1)
    clock.passes()
    # when the step succeeds, and a later one fails
    steps.run(ENRICH, chunk_id, clock=clock, go_on=go_on)
    assert fetch_all("SELECT state, attempts FROM chunks") == [("persisted", 1)]
    assert rows_in("failed_events") == {"failed_events": 0}

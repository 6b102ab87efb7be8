"""The state machine: one order of states, one chain of steps, and tasks and queues that exist."""

from typing import get_args

import pytest
from celery import current_app

from config.messaging import ENRICH, WORK
from events import states
from events.api.documents import FailingStep
from events.models import FailedEvent
from events.pipeline import steps
from events.states import RESUMES_IN, STEPS, ChunkState, StepName, tasks_from


def test_the_steps_lead_from_the_first_state_to_the_last_one_by_one() -> None:
    assert [step.requires for step in STEPS] == list(ChunkState)[:-1]
    assert [step.reaches for step in STEPS] == list(ChunkState)[1:]


def test_every_step_has_its_work() -> None:
    assert list(steps.WORK) == list(STEPS)


@pytest.mark.parametrize(
    ("state", "tasks"),
    [
        (ChunkState.ACCEPTED, ("events.enrich_at_once", "events.persist", "events.aggregate")),
        (ChunkState.ENRICHED, ("events.persist", "events.aggregate")),
        (ChunkState.PERSISTED, ("events.aggregate",)),
        (ChunkState.AGGREGATED, ("events.publish",)),
    ],
)
def test_a_chunk_has_the_tasks_of_the_steps_before_it(state: ChunkState, tasks: tuple[str, ...]) -> None:
    assert tasks_from(state, looks_up=False) == tasks


def test_a_chunk_with_nothing_to_look_up_does_not_wait_among_those_that_look_up() -> None:
    (first,) = tasks_from(ChunkState.ACCEPTED, looks_up=True)
    assert (first, states.QUEUE_OF_TASK[first]) == ("events.enrich", ENRICH)
    assert states.QUEUE_OF_TASK[states.ENRICH_AT_ONCE_TASK] == WORK
    assert tasks_from(ChunkState.ENRICHED, looks_up=True) == ("events.persist", "events.aggregate")


def test_every_task_is_one_of_celery_and_goes_to_its_queue() -> None:
    current_app.loader.import_default_modules()
    for task, queue in states.QUEUE_OF_TASK.items():
        assert task in current_app.tasks
        assert current_app.amqp.router.route({}, task)["queue"].name == queue
    assert states.QUEUE_OF_TASK["events.enrich"] == ENRICH


def test_the_groups_of_states_are_beginnings_of_the_order() -> None:
    assert states.UNPERSISTED == (ChunkState.ACCEPTED, ChunkState.ENRICHED)
    assert (*states.UNPERSISTED, ChunkState.PERSISTED) == states.PENDING
    assert (*states.PENDING, ChunkState.AGGREGATED) == states.UNPUBLISHED


def test_a_replay_goes_on_where_nothing_of_the_event_is_stored() -> None:
    assert RESUMES_IN == {
        StepName.VALIDATE: ChunkState.ACCEPTED,
        StepName.ENRICH: ChunkState.ACCEPTED,
        StepName.PERSIST: ChunkState.ENRICHED,
        StepName.AGGREGATE: ChunkState.ENRICHED,
    }
    assert set(RESUMES_IN.values()) <= set(states.UNPERSISTED)
    choices = FailedEvent._meta.get_field("step").choices
    assert [value for value, _ in choices or ()] == list(RESUMES_IN)
    assert get_args(FailingStep) == tuple(RESUMES_IN)

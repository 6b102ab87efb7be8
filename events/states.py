"""The life of a chunk: its states in their order, and the steps that lead from each to the next.

The one place that says so. Columns, indexes and queries over chunks, the chain of tasks and their queues, the progress
of operations, failed events and their replay all follow from this file. It needs nothing but Python, so that the
settings can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChunkState(StrEnum):
    """How far a chunk has come, in this order; each step moves it on by one."""

    ACCEPTED = "accepted"
    ENRICHED = "enriched"
    PERSISTED = "persisted"
    AGGREGATED = "aggregated"
    PUBLISHED = "published"


class StepName(StrEnum):
    """Where an event can fail: in the validation of its request, or in a step of its chunk."""

    VALIDATE = "validate"
    ENRICH = "enrich"
    PERSIST = "persist"
    AGGREGATE = "aggregate"
    PUBLISH = "publish"


#: The queue of what waits for outside services, and the queue of all other work on chunks.
ENRICH_QUEUE, WORK_QUEUE = "enrich", "work"


@dataclass(frozen=True)
class Step:
    """One step of the pipeline.

    Attributes:
        name: as in logs, task names and failed events.
        requires: the state a chunk must be in.
        reaches: the state it is in afterwards.
        queue: where its task waits.
        resumes_in: from which state a replay takes an event on that failed in this step; None: no event fails in it.
        follows_at_once: whether it is a part of the task of the step before. Its own task is for what a crash, or Redis
            being away, left out.
    """

    name: StepName
    requires: ChunkState
    reaches: ChunkState
    queue: str
    resumes_in: ChunkState | None
    follows_at_once: bool = False

    @property
    def task(self) -> str:
        """The name of its Celery task."""
        return f"events.{self.name}"


ENRICH = Step(StepName.ENRICH, ChunkState.ACCEPTED, ChunkState.ENRICHED, ENRICH_QUEUE, ChunkState.ACCEPTED)
PERSIST = Step(StepName.PERSIST, ChunkState.ENRICHED, ChunkState.PERSISTED, WORK_QUEUE, ChunkState.ENRICHED)
# An event that fails here is taken out of the events table, so a replay stores it again.
AGGREGATE = Step(StepName.AGGREGATE, ChunkState.PERSISTED, ChunkState.AGGREGATED, WORK_QUEUE, ChunkState.ENRICHED)
PUBLISH = Step(
    StepName.PUBLISH, ChunkState.AGGREGATED, ChunkState.PUBLISHED, WORK_QUEUE, resumes_in=None, follows_at_once=True
)
STEPS = (ENRICH, PERSIST, AGGREGATE, PUBLISH)
STEP_FROM = {step.requires: step for step in STEPS}

#: The task of the first step for chunks with nothing to look up at outside services. It has another queue, so that they
#: need not stand in line behind slow ones.
ENRICH_AT_ONCE_TASK = "events.enrich_at_once"
QUEUE_OF_TASK = {ENRICH_AT_ONCE_TASK: WORK_QUEUE} | {step.task: step.queue for step in STEPS}

#: From which state a replay takes a failed event on. A rejected item is validated first.
RESUMES_IN = {StepName.VALIDATE: ChunkState.ACCEPTED} | {
    step.name: step.resumes_in for step in STEPS if step.resumes_in
}


def before(state: ChunkState) -> tuple[ChunkState, ...]:
    """The states before that one, in their order."""
    states = tuple(ChunkState)
    return states[: states.index(state)]


#: Nothing of the chunk is stored: it can be cancelled.
UNPERSISTED = before(ChunkState.PERSISTED)
#: The chunk's events are on their way: accepted, and not counted in any total.
PENDING = before(ChunkState.AGGREGATED)
#: Something is left to do.
UNPUBLISHED = before(ChunkState.PUBLISHED)


def tasks_from(state: ChunkState, *, looks_up: bool) -> tuple[str, ...]:
    """The chain of tasks that a chunk in that state still has before it.

    Args:
        looks_up: whether its events may have to be looked up at outside services. Then nobody knows when the first step
            is done: whoever does it sends the rest.
    """
    first = STEP_FROM[state]
    if first is ENRICH and looks_up:
        return (first.task,)
    rest = STEPS[STEPS.index(first) + 1 :]
    task = ENRICH_AT_ONCE_TASK if first is ENRICH else first.task
    return (task, *(step.task for step in rest if not step.follows_at_once))


def step_after(step: Step) -> Step | None:
    """The step that goes on from where this one ends."""
    return STEP_FROM.get(step.reaches)

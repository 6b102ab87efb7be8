"""The Celery tasks: thin shells over `events.pipeline`, whose messages carry ids only; and over the intake."""

from __future__ import annotations

import threading
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, InterfaceError

from events.clock import utc_now
from events.enrichment import fill_in as partial
from events.exceptions import Unavailable
from events.intake.back_pressure import back_pressure
from events.intake.ingest import Summary
from events.intake.ingest import ingest as ingest_events
from events.pipeline import partitions, recovery, steps
from events.pipeline.bulkheads import bulkheads
from events.pipeline.drain import drain as drain_inbox
from events.pipeline.leased_chunk import LeasedChunk
from events.pipeline.steps import Outcome
from events.retention.pruning import prune as prune_tables
from events.retention.registry import prunings
from events.states import AGGREGATE, ENRICH, ENRICH_AT_ONCE_TASK, PERSIST, PUBLISH, Step

#: Of the minute between two prunings, so that chunks do not wait long for the worker.
PRUNING_SECONDS = 10

_filling_in = threading.Lock()


def _run(
    task: Task[..., None],
    step: Step,
    chunk_id: int,
    held: LeasedChunk | None = None,
    *,
    following: Task[..., None] | None = None,
) -> None:
    """Does the step. The task after it runs in this process, on the chunk as it is: no message, lease or reading."""

    def go_on(chunk: LeasedChunk) -> None:
        assert following is not None
        following.apply(args=(chunk.id,), kwargs={"held": chunk})

    wanted = go_on if following else None
    outcome = steps.run_held(step, held, go_on=wanted) if held else steps.run(step, chunk_id, go_on=wanted)
    if outcome is Outcome.STOP:
        # The rest of the chain is done, or for whoever does the step. To raise Ignore would say so, too; Celery makes a
        # traceback of it, which takes longer than a step.
        task.request.chain = None


@shared_task(name=ENRICH.task)
def enrich(chunk_id: int) -> None:
    """First step of a chunk whose events may have to be looked up at outside services: hands it over."""
    bulkheads.enrich(chunk_id)


@worker_shutting_down.connect
def let_go_of_waiting_chunks(**_: object) -> None:
    """What is handed over and not begun is for other workers, and for the sweep."""
    bulkheads.close()


@shared_task(name=ENRICH_AT_ONCE_TASK, bind=True)
def enrich_at_once(self: Task[..., None], chunk_id: int) -> None:
    """First step of a chunk with nothing to look up at outside services."""
    _run(self, ENRICH, chunk_id, following=persist)


@shared_task(name=PERSIST.task, bind=True)
def persist(self: Task[..., None], chunk_id: int, held: LeasedChunk | None = None) -> None:
    """Second step of a chunk; `held` by the task before, if that ran in this process."""
    _run(self, PERSIST, chunk_id, held, following=aggregate)


@shared_task(name=AGGREGATE.task, bind=True)
def aggregate(self: Task[..., None], chunk_id: int, held: LeasedChunk | None = None) -> None:
    """Third step of a chunk."""
    _run(self, AGGREGATE, chunk_id, held)


@shared_task(name=PUBLISH.task, bind=True)
def publish(self: Task[..., None], chunk_id: int) -> None:
    """Repeats what a crash, or Redis being away, left out after a chunk's third step."""
    _run(self, PUBLISH, chunk_id)


@shared_task(
    name="events.ingest",
    bind=True,
    # While nothing can be accepted the message is sent anew before it is acknowledged.
    autoretry_for=(DatabaseError, InterfaceError, Unavailable),
    max_retries=None,
    retry_backoff=1,
    retry_backoff_max=30,
)
def ingest(self: Task[..., Summary], events: object, type: str | None = None) -> Summary:  # noqa: A002 (producers' word)
    """Takes events in for producers that speak Celery; a message delivered twice counts once."""
    back_pressure.check()
    return ingest_events(events, type_name=type, message_id=str(self.request.id), now=utc_now())


@shared_task(name="events.drain")
def drain() -> None:
    """Makes chunks of the events that were posted one by one."""
    drain_inbox(now=utc_now())


@shared_task(name="events.sweep")
def sweep() -> None:
    """Starts again what stands still; beat sends it every second."""
    recovery.sweep(now=utc_now())


@shared_task(name="events.fill_in")
def fill_in() -> None:
    """Looks up again what stored events lack; beat sends it every few seconds. One at a time in a process."""
    if _filling_in.acquire(blocking=False):
        try:
            partial.fill_in(now=utc_now())
        finally:
            _filling_in.release()


@shared_task(name="events.pulse")
def pulse() -> None:
    """Shows that the queue it came by is consumed (events.signs_of_life); beat sends it to each every few seconds."""


@shared_task(name="events.ensure_partitions")
def ensure_partitions() -> None:
    """Makes partitions ahead of time; sent by beat when it starts and every hour, and by each worker that starts."""
    partitions.ensure_partitions(now=utc_now())


@shared_task(name="events.prune")
def prune() -> None:
    """Deletes what is older than it should become; beat sends it every minute."""
    prune_tables(prunings(), now=utc_now(), seconds=PRUNING_SECONDS)


@worker_ready.connect
def send_ensure_partitions(**_: Any) -> None:
    """Beat may have been away for months."""
    ensure_partitions.apply_async(retry=False)

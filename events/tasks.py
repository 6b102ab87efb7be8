"""The Celery tasks: thin shells over `events.pipeline`. Their messages carry ids only."""

from __future__ import annotations

from celery import shared_task
from celery.exceptions import Ignore

from events.clock import utc_now
from events.pipeline import partitions, recovery, steps
from events.pipeline.drain import drain as drain_inbox
from events.pipeline.steps import Outcome, Step


def _run(step: Step, chunk_id: int) -> None:
    if steps.run(step, chunk_id) is Outcome.STOP:
        raise Ignore  # the rest of the chain is for whoever does the step


@shared_task(name="events.enrich")
def enrich(chunk_id: int) -> None:
    """First step of a chunk."""
    _run(steps.ENRICH, chunk_id)


@shared_task(name="events.persist")
def persist(chunk_id: int) -> None:
    """Second step of a chunk."""
    _run(steps.PERSIST, chunk_id)


@shared_task(name="events.aggregate")
def aggregate(chunk_id: int) -> None:
    """Third step of a chunk."""
    _run(steps.AGGREGATE, chunk_id)


@shared_task(name="events.publish")
def publish(chunk_id: int) -> None:
    """Repeats what a crash, or Redis being away, left out after a chunk's third step."""
    _run(steps.PUBLISH, chunk_id)


@shared_task(name="events.drain")
def drain() -> None:
    """Makes chunks of the events that were posted one by one."""
    drain_inbox(now=utc_now())


@shared_task(name="events.sweep")
def sweep() -> None:
    """Starts again what stands still; beat sends it every second."""
    recovery.sweep(now=utc_now())


@shared_task(name="events.ensure_partitions")
def ensure_partitions() -> None:
    """Makes partitions ahead of time; beat sends it every hour."""
    partitions.ensure_partitions(now=utc_now())

"""The Celery tasks: thin shells over `events.pipeline`, whose messages carry ids only; and over the intake."""

from __future__ import annotations

import threading

from celery import Task, shared_task
from celery.exceptions import Ignore
from django.db import DatabaseError, InterfaceError

from events.clock import utc_now
from events.exceptions import Unavailable
from events.intake.back_pressure import back_pressure
from events.intake.ingest import Answer
from events.intake.ingest import ingest as ingest_events
from events.pipeline import fill_in as partial
from events.pipeline import partitions, recovery, steps
from events.pipeline.drain import drain as drain_inbox
from events.pipeline.steps import Outcome, Step

_filling_in = threading.Lock()


def _run(step: Step, chunk_id: int) -> None:
    if steps.run(step, chunk_id) is Outcome.STOP:
        raise Ignore  # the rest of the chain is for whoever does the step


@shared_task(name="events.enrich")
def enrich(chunk_id: int) -> None:
    """First step of a chunk."""
    _run(steps.ENRICH, chunk_id)


@shared_task(name="events.enrich_at_once")
def enrich_at_once(chunk_id: int) -> None:
    """First step of a chunk whose events want nothing that has to be looked up."""
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


@shared_task(
    name="events.ingest",
    bind=True,
    # While nothing can be accepted the message is sent anew before it is acknowledged.
    autoretry_for=(DatabaseError, InterfaceError, Unavailable),
    max_retries=None,
    retry_backoff=1,
    retry_backoff_max=30,
)
def ingest(self: Task[..., Answer], events: object, type: str | None = None) -> Answer:  # noqa: A002 (producers' word)
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


@shared_task(name="events.ensure_partitions")
def ensure_partitions() -> None:
    """Makes partitions ahead of time; beat sends it every hour."""
    partitions.ensure_partitions(now=utc_now())

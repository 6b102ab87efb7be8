"""The Celery tasks: thin shells. Their messages carry ids only."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down

from events.clock import utc_now
from notifications.conf import conf
from notifications.delivery import SLOT_WAIT_SECONDS, DeliveryPool
from notifications.overdue import overdue_thread
from notifications.schedule import dispatch, dispatch_due

#: Workers of these queues deliver what is overdue; both are processes with threads.
OVERDUE_QUEUES = frozenset({"control", "notify"})
#: Seconds that a stopping worker waits for responses, at most.
CLOSING_SECONDS = 15.0

pool = DeliveryPool()
overdue = overdue_thread(pool)


@shared_task(name="notifications.schedule")
def schedule() -> None:
    """Dispatches what is due soon; beat sends it every second."""
    dispatch_due(now=utc_now())


@shared_task(name="notifications.deliver")
def deliver(notification_ids: list[str]) -> None:
    """Begins to deliver notifications that are due, and dispatches again those that have to wait."""
    pool.start()
    due, _ = pool.deliver(notification_ids)
    if due.waiting:
        dispatch(due.waiting, eta=due.wait_until, now=utc_now())


@celeryd_after_setup.connect
def start(instance: Any, **_: Any) -> None:
    """In the workers of OVERDUE_QUEUES: begins to deliver what is overdue. That needs no broker."""
    if OVERDUE_QUEUES & set(instance.app.amqp.queues.consume_from):
        pool.start()
        overdue.start()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """When a worker is to stop: takes nothing more that is overdue."""
    overdue.stop()


@worker_shutdown.connect
def finish(**_: Any) -> None:
    """Once no task runs any more: waits for the responses of deliveries that are under way."""
    overdue.join(2 * SLOT_WAIT_SECONDS)
    pool.close(seconds=min(CLOSING_SECONDS, conf.NOTIFY_TIMEOUT_SECONDS + 1.0))

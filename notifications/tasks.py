"""The Celery tasks: thin shells. Their messages carry ids only."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_shutting_down

from events.clock import utc_now
from notifications.delivery import see_to
from notifications.schedule import hand_out, publish
from notifications.watch import Watch

#: Workers of these queues keep a watch; both are processes with threads.
WATCHFUL_QUEUES = frozenset({"control", "notify"})


@shared_task(name="notifications.schedule")
def schedule() -> None:
    """Hands out what is due soon; beat sends it every second."""
    hand_out(now=utc_now())


@shared_task(name="notifications.deliver")
def deliver(notification_ids: list[str]) -> None:
    """Delivers notifications that are due, if they are to be sent, and looks again at those that have to wait."""
    decided = see_to(notification_ids)
    if decided and decided.waiting:
        publish(decided.waiting, eta=decided.look_again_at, now=utc_now())


@celeryd_after_setup.connect
def keep_watch(instance: Any, **_: Any) -> None:
    """In the workers of WATCHFUL_QUEUES: starts the watch, before the broker is needed."""
    if WATCHFUL_QUEUES & set(instance.app.amqp.queues.consume_from):
        watch = Watch()
        watch.start()
        worker_shutting_down.connect(lambda **_: watch.stop(), weak=False)

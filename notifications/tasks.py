"""The Celery tasks: thin shells. Their messages carry ids only."""

from __future__ import annotations

from celery import shared_task

from events.clock import utc_now
from notifications.delivery import see_to
from notifications.schedule import hand_out, publish


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

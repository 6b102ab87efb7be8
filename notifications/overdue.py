"""Delivers what is overdue, without beat and without the broker.

Delayed tasks deliver on time as long as beat, the broker and the worker of `notify` live. Each of them takes seconds to
come back after a crash, and the tasks it held are lost. So the workers of `control` and `notify` look for themselves,
in a thread, for what no task has taken; of all that may die, only PostgreSQL and both of them together are missed.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from events.clock import utc_now
from events.database import fetch_all
from events.repeating_thread import RepeatingThread
from notifications.conf import conf
from notifications.delivery import DeliveryPool
from notifications.queries import queries
from notifications.schedule import PER_TASK

#: Seconds between two looks, and after which a notification is overdue: its task would long have begun.
PAUSE_SECONDS = 0.25
OVERDUE_SECONDS = 0.5
#: Overdue notifications out of which one look picks some, so that several who look rarely pick the same.
CHOICE = 1000


def overdue_thread(pool: DeliveryPool) -> RepeatingThread:
    """A thread that delivers what is overdue."""
    return RepeatingThread(
        "notification-overdue", lambda: 0.0 if deliver_overdue(pool, now=utc_now()) else PAUSE_SECONDS
    )


def deliver_overdue(pool: DeliveryPool, *, now: datetime) -> int:
    """Begins to deliver some of what is overdue; returns how many."""
    if conf.NOTIFY_URL is None or not pool.slots.free:
        return 0  # without an address the tasks complain
    overdue = fetch_all(
        queries.overdue_notifications.sql,
        {
            "before": now - timedelta(seconds=OVERDUE_SECONDS),
            # While retries have no slot they would crowd out here what has never been tried.
            "with_retries": pool.slots.free_for_retries > 0,
            "limit": CHOICE,
        },
    )
    if not overdue:
        return 0
    ids = [row[0] for row in overdue]
    _, deliveries = pool.deliver(random.sample(ids, min(PER_TASK, len(ids))))
    return len(deliveries)

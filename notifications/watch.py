"""The watch: sees to what is overdue, without beat and without the broker.

Delayed tasks deliver on time as long as beat, the broker and the worker of `notify` live. Each of them takes seconds to
come back after a crash, and the tasks it held are lost. So the workers of `control` and `notify` look for themselves,
in a thread, for what nobody saw to; of all that may die, only PostgreSQL and both of them together are missed.
"""

from __future__ import annotations

import logging
import random
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from events.clock import utc_now
from events.database import fetch_all
from notifications.conf import conf
from notifications.delivery import see_to
from notifications.queries import queries
from notifications.schedule import PER_TASK

logger = logging.getLogger(__name__)

#: Seconds between two looks, and after which a notification is overdue: its task would long have begun.
PAUSE_SECONDS = 0.25
OVERDUE_SECONDS = 0.5
#: Overdue notifications out of which one look picks some, so that several who look rarely pick the same.
CHOICE = 1000


class Watch:
    """A thread that sees to overdue notifications until it is stopped."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notification-watch", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after what is being delivered."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                found = look(now=utc_now())
            except DatabaseError:
                logger.warning("The watch over notifications failed; it goes on.", exc_info=True)
                connection.close()
                found = 0
            if not found:
                self._stop.wait(PAUSE_SECONDS)


def look(*, now: datetime) -> int:
    """Sees to some of what is overdue; answers how many were posted."""
    if conf.NOTIFY_URL is None:
        return 0  # the tasks complain of it
    overdue = fetch_all(
        queries.overdue_notifications.sql, {"before": now - timedelta(seconds=OVERDUE_SECONDS), "limit": CHOICE}
    )
    if not overdue:
        return 0
    ids = [row[0] for row in overdue]
    decided = see_to(random.sample(ids, min(PER_TASK, len(ids))))
    return len(decided.deliveries) if decided else 0

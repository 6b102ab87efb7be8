"""Back-pressure: when too many accepted events wait, new ones are refused with 503 until the workers caught up.

Judged from PostgreSQL, once a second at most. Between refusing and accepting again lies a fifth of the limit, so that
the answer does not flip with every event.
"""

from __future__ import annotations

import logging
import threading
import time

from events.conf import conf
from events.database import fetch_one
from events.exceptions import Unavailable
from events.queries import queries

logger = logging.getLogger(__name__)

#: Seconds for which one look at the backlog serves.
LOOK_SECONDS = 1.0
#: Share of the limit at which events are accepted again.
REOPENS_AT = 0.8


class BackPressure:
    """Whether this process accepts events at the moment."""

    def __init__(self) -> None:
        self._refusing = False
        self._next_look = 0.0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises Unavailable while the backlog is over MAX_BACKLOG_EVENTS."""
        if self.is_look_due():
            self.look()
        self.require_room()

    def is_look_due(self) -> bool:
        """Whether the caller is to `look`: true for one caller a second."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        with self._lock:
            is_due = now >= self._next_look
            if is_due:
                self._next_look = now + LOOK_SECONDS
        return is_due

    def require_room(self) -> None:
        """Raises Unavailable if the backlog was over its limit at the last look."""
        if self._refusing:
            raise Unavailable(
                f"More than {conf.MAX_BACKLOG_EVENTS} accepted events wait to be processed; nothing was accepted. "
                "Send the request again later.",
                code="backlog_full",
            )

    def look(self) -> None:
        """Asks PostgreSQL how much waits."""
        limit = conf.MAX_BACKLOG_EVENTS
        row = fetch_one(queries.backlog.sql, {"limit": limit + 1})
        waiting = int(row[0]) if row else 0
        refusing = waiting > (limit * REOPENS_AT if self._refusing else limit)
        if refusing != self._refusing:
            logger.warning(
                "The backlog is over its limit; events are refused."
                if refusing
                else "The backlog is small again; events are accepted.",
                extra={"action": "back_pressure", "waiting": waiting, "limit": limit},
            )
        self._refusing = refusing


back_pressure = BackPressure()

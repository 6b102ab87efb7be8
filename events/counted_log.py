"""Logging what may come thousands of times: a line for what is new at once, then a count a minute."""

from __future__ import annotations

import logging
import threading
from collections import Counter

#: Names that are told apart; what comes beyond them is counted together, so that inventing names fills no memory.
MOST_NAMES = 1000
OTHERS = "(others)"


class CountedLog:
    """Warnings about named things; used by many threads, for each process apart.

    Args:
        first: the line for a name that is new.
        again: the line that counts what came since the last one.
        what: what the names are, as a key of the line's extras: "type", "service" …
    """

    def __init__(
        self, logger: logging.Logger, *, first: str, again: str, action: str, what: str, seconds: float = 60.0
    ) -> None:
        self._logger = logger
        self._first = first
        self._again = again
        self._action = action
        self._what = what
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def note(self, name: str, events: int, **extra: object) -> None:
        """That many events met this; `extra` is shown in the line for a new name."""
        with self._lock:
            is_new = name not in self._known and len(self._known) < MOST_NAMES
            if is_new:
                self._known.add(name)
            else:
                self._counts[name if name in self._known else OTHERS] += events
                if self._timer is None:
                    self._timer = threading.Timer(self._seconds, self.report)
                    self._timer.daemon = True
                    self._timer.start()
        if is_new:
            self._logger.warning(
                self._first, extra={"action": self._action, self._what: name, "events": events, **extra}
            )

    def report(self) -> None:
        """Says what was counted since the last time, if anything was."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            counts, self._counts = self._counts, Counter()
        if counts:
            self._logger.warning(
                self._again, extra={"action": self._action, "events": counts.total(), f"by_{self._what}": dict(counts)}
            )

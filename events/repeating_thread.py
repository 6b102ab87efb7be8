"""A thread that does something again and again and that no exception ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from django.db import Error, connection

logger = logging.getLogger(__name__)

#: Seconds before the next run when one has failed.
PAUSE_AFTER_FAILURE_SECONDS = 0.5


class RepeatingThread:
    """Runs a function over and over, as a daemon, until it is stopped.

    Whatever the function raises is logged, and the next run has a new database connection: the old one may be broken.

    Args:
        name: of the thread, in the log too.
        run: returns the seconds to wait before it is run again.
        first_after: seconds before it is run for the first time.
    """

    def __init__(self, name: str, run: Callable[[], float], *, first_after: float = 0.0) -> None:
        self._run = run
        self._first_after = first_after
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Begins no other run. Does not wait for the one under way."""
        self._stopped.set()

    def join(self, seconds: float) -> bool:
        """Waits for the thread's end, no longer than that; returns whether it has ended, or never began."""
        if self._thread.is_alive():
            self._thread.join(timeout=seconds)
        return not self._thread.is_alive()

    def _repeat(self) -> None:
        if self._stopped.wait(self._first_after):
            return
        while not self._stopped.is_set():
            try:
                pause = self._run()
            except Exception:
                logger.warning("A thread met an error; it goes on.", extra={"action": self._thread.name}, exc_info=True)
                pause = PAUSE_AFTER_FAILURE_SECONDS
                _drop_connection()
            if pause:
                self._stopped.wait(pause)
        _drop_connection()


def _drop_connection() -> None:
    with suppress(Error):
        connection.close()

"""Watching operations: one thread a process looks at all that are watched, however many clients wait for them."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from weakref import WeakSet

from events.conf import conf
from events.exceptions import Unavailable
from events.operations import OperationStatus, find_operations
from events.repeating_thread import RepeatingThread

logger = logging.getLogger(__name__)

#: Seconds between two looks.
LOOK_SECONDS = 0.2
#: A client hears of an operation that has not changed after this many seconds: often at first, while somebody may look
#: at a progress bar.
REPEAT_SECONDS_AT_FIRST, REPEAT_SECONDS = 0.4, 0.9
#: How long "at first" lasts, in seconds.
FIRST_SECONDS = 10.0


class Watch:
    """One client's view of one operation; close it when the client is gone.

    Attributes:
        on_news: called, from another thread, when `news` has something; None: nobody wants to know.
    """

    def __init__(self, operation_id: uuid.UUID, watchers: Watchers) -> None:
        self.operation_id = operation_id
        self.news: queue.SimpleQueue[OperationStatus] = queue.SimpleQueue()
        self.on_news: Callable[[], object] | None = None
        self._watchers = watchers
        self._last: OperationStatus | None = None
        self._told_at = float("-inf")
        self._often_until = time.monotonic() + FIRST_SECONDS

    def tell(self, status: OperationStatus, *, at: float) -> None:
        """Passes a status on if it is new, or if the client has not heard anything for a while."""
        repeat_seconds = REPEAT_SECONDS_AT_FIRST if at < self._often_until else REPEAT_SECONDS
        if status != self._last or at - self._told_at >= repeat_seconds:
            self._last, self._told_at = status, at
            self.news.put(status)
            if self.on_news is not None:
                self.on_news()

    def close(self) -> None:
        """Gives the place to somebody else; may be called twice."""
        self._watchers.leave(self)


class Watchers:
    """All clients of this process that wait for operations."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # A watch that nobody refers to any more is over, whether it was closed or not.
        self._watches: WeakSet[Watch] = WeakSet()
        self._thread: RepeatingThread | None = None
        self._wanted = threading.Event()

    def watch(self, operation_id: uuid.UUID) -> Watch:
        """Begins to watch; raises Unavailable when MAX_WAITING_CLIENTS wait already."""
        watch = Watch(operation_id, self)
        with self._lock:
            if len(self._watches) >= conf.MAX_WAITING_CLIENTS:
                raise Unavailable(
                    f"{conf.MAX_WAITING_CLIENTS} clients wait for operations already; ask for the operation itself, "
                    "or come back later."
                )
            self._watches.add(watch)
            if self._thread is None:
                self._thread = RepeatingThread("watching", self._run)
                self._thread.start()
        self._wanted.set()
        return watch

    def leave(self, watch: Watch) -> None:
        """Ends a watch."""
        with self._lock:
            self._watches.discard(watch)

    @property
    def count(self) -> int:
        """How many clients wait."""
        with self._lock:
            return len(self._watches)

    def _run(self) -> float:
        if not self.count:
            self._wanted.wait()
            self._wanted.clear()
            return 0.0
        self._look()
        return LOOK_SECONDS

    def _look(self) -> None:
        with self._lock:
            watches = list(self._watches)
        statuses = {status.id: status for status in find_operations({watch.operation_id for watch in watches})}
        at = time.monotonic()
        for watch in watches:
            status = statuses.get(watch.operation_id)
            if status is not None:
                self._tell(watch, status, at=at)

    def _tell(self, watch: Watch, status: OperationStatus, *, at: float) -> None:
        try:
            watch.tell(status, at=at)
        except Exception:
            # Whoever waited is gone without a word, for example with its event loop.
            logger.warning("A client that watched an operation could not be told.", exc_info=True)
            self.leave(watch)


watchers = Watchers()

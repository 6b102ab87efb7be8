"""Delivering what is due: many at the same time, each of them recorded when its response has come.

Who asks for a delivery does not wait for its response, so a slow one holds up nobody. A thread, the keeper, records
what has finished and renews the leases of the rest.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import InterfaceError, OperationalError

from events.clock import utc_now
from events.database import retried
from events.outside_services import waiting_log
from events.repeating_thread import RepeatingThread
from notifications.attempt import CONNECTIONS, attempt
from notifications.conf import conf
from notifications.decision import LEASE_SECONDS, Delivery, Due, DueNotification, find_due, lease, renew
from notifications.delivery_slots import Slots
from notifications.outcome import retry_or_fail
from notifications.save_outcomes import Finished, record

logger = logging.getLogger(__name__)

#: Deliveries that one process has under way at most; half of them may be retries.
SIMULTANEOUS = CONNECTIONS
#: Seconds that a caller waits for slots to become free. What finds none then stays due.
SLOT_WAIT_SECONDS = 1.0
#: Seconds between two renewals of a lease.
RENEWAL_SECONDS = LEASE_SECONDS / 4
#: Seconds for which finished deliveries are collected, to be recorded together.
COLLECTING_SECONDS = 0.025


class DeliveryPool:
    """The deliveries that this process has under way; used by many threads at once.

    Args:
        simultaneous: how many there are at most.
        clock: tells the time.
    """

    def __init__(self, *, simultaneous: int = SIMULTANEOUS, clock: Callable[[], datetime] = utc_now) -> None:
        self.slots = Slots(simultaneous, for_retries=simultaneous // 2)
        self._clock = clock
        self._posting = ThreadPoolExecutor(simultaneous, thread_name_prefix="notify")
        self._keeper = RepeatingThread("notification-keeper", self.keep)
        self._keeper_is_started = False
        self._changed = threading.Condition()
        self._under_way: dict[Delivery, DueNotification] = {}
        self._finished: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        self._unrecorded: list[Finished] = []
        self._renew_at = time.monotonic()

    def start(self) -> None:
        """Starts the keeper, unless it runs."""
        with self._changed:
            if not self._keeper_is_started:
                self._keeper_is_started = True
                self._keeper.start()

    def close(self, *, seconds: float) -> None:
        """Waits until nothing is under way, no longer than that, and ends the keeper; leases that are left run out."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, timeout=seconds)
        self._keeper.stop()
        self._keeper.join(1.0)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    def deliver(self, ids: Sequence[str]) -> tuple[Due, list[Delivery]]:
        """Decides those of the notifications that are due, and begins to post what is to be sent.

        Returns what was due, and the deliveries that began.
        """
        if conf.NOTIFY_URL is None:
            waiting_log.note("notifications", len(ids), error="NOTIFY_URL is not set")
            return Due([], [], self._clock()), []
        due = find_due(ids, now=self._clock())
        taken = {each.id: each for each in self.slots.take(due.ready, seconds=SLOT_WAIT_SECONDS)}
        deliveries: list[Delivery] = []
        try:
            deliveries = retried(lease)(list(taken.values()), now=self._clock())
        finally:
            begun = {delivery: taken.pop(delivery.id) for delivery in deliveries}
            self.slots.release(taken.values())
        with self._changed:
            self._under_way.update(begun)
        for delivery in deliveries:
            self._posting.submit(self._post, delivery)
        return due, deliveries

    def keep(self) -> float:
        """Records what has finished, and renews the leases of the rest; waits for one or the other to be due."""
        self._collect()
        if self._unrecorded:
            self._record()
        if time.monotonic() >= self._renew_at:
            self._renew_at = time.monotonic() + RENEWAL_SECONDS
            with self._changed:
                under_way = list(self._under_way)
            if under_way:
                renew(under_way, now=self._clock())
        return 0.0

    def _post(self, delivery: Delivery) -> None:
        try:
            outcome = attempt(delivery, clock=self._clock)
        except Exception as error:
            logger.exception("A notification could not be posted.", extra={"notification": delivery.id})
            outcome = retry_or_fail(f"{type(error).__name__}: {error}", attempts=delivery.attempts)
        self._finished.put((delivery, outcome))

    def _collect(self) -> None:
        try:
            self._unrecorded.append(self._finished.get(timeout=max(0.0, self._renew_at - time.monotonic())))
            time.sleep(COLLECTING_SECONDS)
            while True:
                self._unrecorded.append(self._finished.get_nowait())
        except queue.Empty:
            return

    def _record(self) -> None:
        try:
            retried(record)(self._unrecorded, now=self._clock())
        except (OperationalError, InterfaceError):
            raise  # the database is away; they are recorded when it is back
        except Exception:
            self._drop_unrecorded()
            raise
        self._drop_unrecorded()

    def _drop_unrecorded(self) -> None:
        with self._changed:
            self.slots.release([self._under_way.pop(delivery) for delivery, _ in self._unrecorded])
            self._unrecorded = []
            self._changed.notify_all()

"""Renews a chunk's lease while a step works on it, so that a slow step is not taken for a dead one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType

from django.db import connection

from events.clock import utc_now
from events.conf import conf
from events.database import execute
from events.queries import queries
from events.repeating_thread import RepeatingThread

#: A lease is renewed three times before it would end.
RENEWALS_PER_LEASE = 3


class LeaseKeeper:
    """Keeps leases alive from a thread (and connection) of its own; a context manager, or started and stopped.

    When the process dies or is frozen the renewals stop, and the lease ends by itself. Should renewing fail for good,
    the step will notice for itself: its transaction checks the lease.
    """

    def __init__(self, chunk_ids: Sequence[int], token: uuid.UUID) -> None:
        self._chunk_ids = chunk_ids
        self._token = token
        self._pause = conf.LEASE_SECONDS / RENEWALS_PER_LEASE
        self._thread = RepeatingThread(f"lease-{token}", self._renew, first_after=self._pause)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Renews them no more."""
        self._thread.stop()

    def __enter__(self) -> LeaseKeeper:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _renew(self) -> float:
        until = utc_now() + timedelta(seconds=conf.LEASE_SECONDS)
        execute(queries.renew_lease.sql, {"ids": self._chunk_ids, "token": self._token, "until": until})
        connection.close()
        return self._pause

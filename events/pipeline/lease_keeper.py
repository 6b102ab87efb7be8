"""Renews a chunk's lease while a step works on it, so that a slow step is not taken for a dead one."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, connection

from events.clock import utc_now
from events.conf import conf
from events.database import execute
from events.pipeline.chunks import LeasedChunk
from events.queries import queries

logger = logging.getLogger(__name__)

#: A lease is renewed three times before it would end.
RENEWALS_PER_LEASE = 3


class LeaseKeeper:
    """Context manager that keeps the lease of a chunk alive from a thread (and connection) of its own.

    When the process dies or is frozen the renewals stop, and the lease ends by itself.
    """

    def __init__(self, chunk: LeasedChunk) -> None:
        self._chunk = chunk
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{chunk.id}", daemon=True)

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()

    def _keep(self) -> None:
        while not self._done.wait(conf.LEASE_SECONDS / RENEWALS_PER_LEASE):
            until = utc_now() + timedelta(seconds=conf.LEASE_SECONDS)
            try:
                execute(queries.renew_lease.sql, {"id": self._chunk.id, "token": self._chunk.token, "until": until})
            except DatabaseError:
                # The step will notice for itself; its transaction checks the lease.
                logger.warning("A lease could not be renewed.", extra={"chunk": self._chunk.id}, exc_info=True)
            finally:
                connection.close()

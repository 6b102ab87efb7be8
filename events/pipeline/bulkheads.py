"""Bulkheads: chunks that wait for outside services have threads of their own for each set of services. A service that
hangs holds up only what needs it.

The task `events.enrich` hands its chunk over and is done. What waits here for a thread is numbers in memory: should the
process die, the sweep dispatches those chunks again, as it does for any that stands still; and a second worker that is
told of one meanwhile takes it.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

from events.conf import conf
from events.pipeline import chunks, dispatch, steps
from events.pipeline.steps import Outcome
from events.states import ENRICH

logger = logging.getLogger(__name__)


class Bulkheads:
    """Threads for the first step of chunks, ENRICH_CONCURRENCY for each set of services."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler closes
        self._pools: dict[tuple[str, ...], ThreadPoolExecutor] = {}
        self._handed_over: set[int] = set()
        self._closed = False

    def enrich(self, chunk_id: int) -> None:
        """Has the chunk's first step done, and the next dispatched, by a thread of its services.

        Nothing happens if the chunk waits here already: the sweep dispatches what stands still again and again.
        """
        if chunk_id in self._handed_over or (services := chunks.services_of(chunk_id)) is None:
            return
        with self._lock:
            if chunk_id in self._handed_over or self._closed:
                return
            self._handed_over.add(chunk_id)
            self._pool(services).submit(self._work, chunk_id, services)

    def close(self) -> None:
        """Lets go of what waits for a thread, and takes no more; what is under way goes on to its end."""
        with self._lock:
            self._closed = True
            for pool in self._pools.values():
                pool.shutdown(wait=False, cancel_futures=True)

    def _pool(self, services: tuple[str, ...]) -> ThreadPoolExecutor:
        if services not in self._pools:
            name = f"enrich-{'-'.join(services)}"
            self._pools[services] = ThreadPoolExecutor(conf.ENRICH_CONCURRENCY, thread_name_prefix=name)
        return self._pools[services]

    def _work(self, chunk_id: int, services: tuple[str, ...]) -> None:
        try:
            close_old_connections()
            if steps.run(ENRICH, chunk_id) is Outcome.GO_ON:
                dispatch.dispatch_chunk(chunk_id, ENRICH.reaches, services)
        except Exception:
            logger.exception("A chunk's first step broke off; the sweep will dispatch it.", extra={"chunk": chunk_id})
        finally:
            close_old_connections()
            with self._lock:
                self._handed_over.discard(chunk_id)


bulkheads = Bulkheads()

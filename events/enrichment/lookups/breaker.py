"""A circuit breaker for each service: after many failures in a row it is left alone, then tried with one call at a
time.

Not pybreaker's: that one holds a lock while the service is called, so calls would queue up, not run side by side.

Failures are counted in each process; that the breaker is open is known to all through Redis. Without Redis each process
has its own.

Redis keys of this module:

    tidemark:breaker:<service>        string "1": the breaker is open. Deleted when a probe succeeds; expires after an
                                      hour without one.
    tidemark:breaker:<service>:pause  string "1": nobody calls the service. Expires after BREAKER_SECONDS; whoever sets
                                      it then makes the one call that decides, the probe, and has as long as a call may
                                      take besides.
"""

from __future__ import annotations

import logging
import threading
import time

import redis

from events.conf import conf
from events.enrichment.lookups.failures import LookupFailed
from events.enrichment.lookups.redis_client import if_redis_answers

logger = logging.getLogger(__name__)

#: Seconds for which what Redis said serves: the common case, closed, must cost nothing.
_VIEW_SECONDS = 0.2
_KEPT_SECONDS = 3600


class Breaker:
    """The breaker of one service; used by many threads."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._open_key = f"tidemark:breaker:{service}"
        self._pause_key = f"{self._open_key}:pause"
        self._lock = threading.Lock()
        self._failures = 0
        self._is_open = False
        self._paused_until = self._seen_at = float("-inf")

    def enter(self) -> bool:
        """Before each call: whether it is an open breaker's probe; raises LookupFailed if it must not be made."""
        if not self._look():
            return False
        if self._claim_probe():
            return True
        seconds = max(0.0, self._paused_until - time.monotonic())
        raise LookupFailed(f"{self._service} has failed too often and is left alone for {seconds:.0f} s more")

    def is_paused(self) -> bool:
        """Whether the service is left alone and no probe is due yet."""
        return self._look() and time.monotonic() < self._paused_until

    def succeeded(self, *, probe: bool) -> None:
        """After a call that was answered."""
        self._failures = 0
        if probe:
            self._set(is_open=False)
            if_redis_answers(lambda client: client.delete(self._open_key, self._pause_key), otherwise=0)
            logger.warning(
                "A circuit breaker closed: the service answers again.",
                extra={"action": "close", "service": self._service},
            )

    def failed(self, reason: str, *, probe: bool) -> None:
        """After a call that failed."""
        self._failures += 1
        if not probe and (self._is_open or self._failures < conf.BREAKER_FAILURES):
            return
        self._set(is_open=True, pause_seconds=conf.BREAKER_SECONDS)
        if_redis_answers(self._write, otherwise=None)
        extra = {"action": "open", "service": self._service, "failures": self._failures, "error": reason}
        logger.warning(
            "A circuit breaker is open: the service is left alone.", extra=extra | {"seconds": conf.BREAKER_SECONDS}
        )

    def _set(self, *, is_open: bool, pause_seconds: float = 0) -> None:
        with self._lock:
            self._is_open = is_open
            self._seen_at = time.monotonic()
            self._paused_until = self._seen_at + pause_seconds

    def _look(self) -> bool:
        """Whether the breaker is open, as far as is known."""
        with self._lock:
            if time.monotonic() - self._seen_at < _VIEW_SECONDS:
                return self._is_open
            self._seen_at = began = time.monotonic()
        seen = if_redis_answers(self._read, otherwise=None)
        # Somebody here may have opened or closed it since; what Redis said is older then.
        if seen is not None and began == self._seen_at:
            is_open, pause_milliseconds = seen
            self._set(is_open=bool(is_open), pause_seconds=max(0, pause_milliseconds) / 1000)
        return self._is_open

    def _claim_probe(self) -> bool:
        seconds = conf.BREAKER_SECONDS + conf.LOOKUP_TIMEOUT_SECONDS
        with self._lock:
            if time.monotonic() < self._paused_until:
                return False
            self._paused_until = time.monotonic() + seconds
        return if_redis_answers(
            lambda client: bool(client.set(self._pause_key, "1", nx=True, px=int(seconds * 1000))), otherwise=True
        )

    def _read(self, client: redis.Redis) -> list[int]:
        pipeline = client.pipeline()
        pipeline.exists(self._open_key)
        pipeline.pttl(self._pause_key)
        replies: list[int] = pipeline.execute()
        return replies

    def _write(self, client: redis.Redis) -> None:
        pipeline = client.pipeline()
        pipeline.set(self._open_key, "1", ex=_KEPT_SECONDS)
        pipeline.set(self._pause_key, "1", px=int(conf.BREAKER_SECONDS * 1000))
        pipeline.execute()

"""A circuit breaker for each service: after many failures in a row it is left alone, then tried with one call at a
time.

Not pybreaker's: that one holds a lock while the service is called, so calls would queue up, not run side by side.

Failures are counted in each process; that the breaker is open is known to all through Redis. Without Redis each process
has its own.

Redis keys of this module:

    tidemark:breaker:<service>        string: until when the breaker is open, in seconds since 1970. Past that moment
                                      one trial call decides. Deleted when it succeeds; expires after an hour.
    tidemark:breaker:<service>:trial  string "1": somebody makes the trial call. Expires should that process die.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import redis

from events.conf import conf
from events.lookups.failures import CircuitOpen
from events.lookups.redis_client import if_redis_answers

logger = logging.getLogger(__name__)

#: Seconds for which what Redis said serves: the common case, closed, must cost nothing.
_VIEW_SECONDS = 0.2
_KEPT_SECONDS = 3600


class Breaker:
    """The breaker of one service; used by many threads.

    Args:
        service: its name.
        clock: seconds since 1970, the same in all processes.
    """

    def __init__(self, service: str, *, clock: Callable[[], float] = time.time) -> None:
        self._service = service
        self._key = f"tidemark:breaker:{service}"
        self._trial_key = f"{self._key}:trial"
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None
        self._seen_at = float("-inf")
        self._trial_until = float("-inf")

    def enter(self) -> bool:
        """Before each call: whether it is an open breaker's trial call; raises CircuitOpen if it must not be made."""
        now = self._clock()
        open_until = self._look(now)
        if open_until is None:
            return False
        if now >= open_until and self._claim_trial(now):
            return True
        seconds = max(0.0, open_until - now)
        raise CircuitOpen(f"{self._service} has failed too often and is left alone for {seconds:.0f} s more")

    def is_open(self) -> bool:
        """Whether the service is left alone and no trial call is due yet."""
        now = self._clock()
        open_until = self._look(now)
        return open_until is not None and now < open_until

    def succeeded(self, *, trial: bool) -> None:
        """After a call that was answered."""
        self._failures = 0
        if trial:
            with self._lock:
                self._open_until, self._trial_until = None, float("-inf")
            if_redis_answers(lambda client: client.delete(self._key, self._trial_key), otherwise=0)
            logger.warning(
                "A circuit breaker closed: the service answers again.",
                extra={"action": "close", "service": self._service},
            )

    def failed(self, reason: str, *, trial: bool) -> None:
        """After a call that failed."""
        with self._lock:
            self._failures += 1
            opens = trial or (self._open_until is None and self._failures >= conf.BREAKER_FAILURES)
            if not opens:
                return
            until = self._clock() + conf.BREAKER_SECONDS
            self._open_until, self._trial_until = until, float("-inf")
        if_redis_answers(lambda client: self._write(client, until), otherwise=None)
        logger.warning(
            "A circuit breaker is open: the service is left alone.",
            extra={
                "action": "open",
                "service": self._service,
                "failures": self._failures,
                "seconds": conf.BREAKER_SECONDS,
                "error": reason,
            },
        )

    def _look(self, now: float) -> float | None:
        """Until when the breaker is open, as far as is known; None: closed."""
        with self._lock:
            if now - self._seen_at < _VIEW_SECONDS:
                return self._open_until
            self._seen_at = now
            known = self._open_until
        seen = if_redis_answers(lambda client: client.get(self._key) or b"", otherwise=None)
        with self._lock:
            # Somebody here may have opened it since; what Redis said is older then.
            if seen is not None and self._open_until == known:
                self._open_until = float(seen) if seen else None
            return self._open_until

    def _claim_trial(self, now: float) -> bool:
        seconds = conf.LOOKUP_TIMEOUT_SECONDS * 2
        with self._lock:
            if now < self._trial_until:
                return False
            self._trial_until = now + seconds
        claimed = if_redis_answers(
            lambda client: bool(client.set(self._trial_key, "1", nx=True, px=int(seconds * 1000))), otherwise=True
        )
        if not claimed:
            with self._lock:
                self._trial_until = float("-inf")
        return claimed

    def _write(self, client: redis.Redis, until: float) -> None:
        pipeline = client.pipeline(transaction=True)
        pipeline.set(self._key, str(until), ex=_KEPT_SECONDS)
        pipeline.delete(self._trial_key)
        pipeline.execute()

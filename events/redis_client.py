"""The connections to REDIS_URL that a process has for what must not wait long, and how to do without them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds that Redis has for an answer.
TIMEOUT_SECONDS = 1.0
#: Seconds for which Redis is left alone after it did not answer, so that not everything is slowed by a time-out.
PAUSE_SECONDS = 2.0


@cache
def redis_client(timeout_seconds: float = TIMEOUT_SECONDS) -> redis.Redis:
    """The process' client that gives up after so many seconds; thread-safe."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
    )


class RedisOutages:
    """What goes on without Redis asks it through one of these; `warning` says in the log that it does."""

    def __init__(self, warning: str) -> None:
        self._warning = warning
        self._over_at = 0.0

    def if_it_answers(self, call: Callable[[], T], *, otherwise: T) -> T:
        """What `call` returns, or `otherwise` while Redis is away."""
        if time.monotonic() < self._over_at:
            return otherwise
        try:
            return call()
        except redis.RedisError as error:
            self._over_at = time.monotonic() + PAUSE_SECONDS
            logger.warning(self._warning, extra={"error": str(error)})
            return otherwise

    def forget(self) -> None:
        """Asks Redis again at once; for tests."""
        self._over_at = 0.0

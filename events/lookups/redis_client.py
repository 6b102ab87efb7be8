"""The Redis that look-ups share. They go on without it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import pybreaker
import redis

from events.redis_client import redis_client

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds for which Redis is left alone after it did not answer, so that look-ups are not slowed by each time-out.
PAUSE_SECONDS = 2

_breaker = pybreaker.CircuitBreaker(
    fail_max=1,
    reset_timeout=PAUSE_SECONDS,
    exclude=[lambda error: not isinstance(error, redis.RedisError)],
    name="look-ups' Redis",
    throw_new_error_on_trip=False,
)


def if_redis_answers(call: Callable[[redis.Redis], T], *, otherwise: T) -> T:
    """What `call` answers, or `otherwise` while Redis is away."""
    try:
        result: T = _breaker.call(call, redis_client())
    except pybreaker.CircuitBreakerError:
        return otherwise
    except redis.RedisError as error:
        logger.warning("Redis is away; look-ups go on without a cache.", extra={"error": str(error)})
        return otherwise
    return result

"""The Redis that look-ups share. They go on without it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import redis

from events.redis_client import redis_client

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds for which Redis is left alone after it did not answer, so that look-ups are not slowed by each time-out.
PAUSE_SECONDS = 2.0
_pause = {"until": 0.0}


def if_redis_answers(call: Callable[[redis.Redis], T], *, otherwise: T) -> T:
    """What `call` returns, or `otherwise` while Redis is away."""
    if time.monotonic() < _pause["until"]:
        return otherwise
    try:
        return call(redis_client())
    except redis.RedisError as error:
        _pause["until"] = time.monotonic() + PAUSE_SECONDS
        logger.warning("Redis is away; look-ups go on without a cache.", extra={"error": str(error)})
        return otherwise

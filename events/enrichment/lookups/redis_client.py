"""The Redis that look-ups share. They go on without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import redis

from events.redis_client import RedisOutages, redis_client

T = TypeVar("T")

outages = RedisOutages("Redis is away; look-ups go on without a cache.")


def if_redis_answers(call: Callable[[redis.Redis], T], *, otherwise: T) -> T:
    """What `call` returns, or `otherwise` while Redis is away."""
    return outages.if_it_answers(lambda: call(redis_client()), otherwise=otherwise)

"""The one connection pool to REDIS_URL that a process has for what must not wait long."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings

#: Seconds that Redis has for an answer.
TIMEOUT_SECONDS = 1


@cache
def redis_client() -> redis.Redis:
    """A client that gives up quickly; thread-safe."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )

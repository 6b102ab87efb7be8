"""What lives in Redis alone, never persisted: live statistics, the live feed, and which chunks they know already.

Redis keys of this module:

    tidemark:live:chunks  sorted set: the id of each published chunk's first event by when it was published (seconds
                          since 1970). The newest CHUNKS_REMEMBERED; never expires.
    tidemark:feed         stream: final events, see `events.publishing.feed`. Never expires.

The keys of live statistics are listed in the systems' modules `live_statistics`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pybreaker
import redis
from django.conf import settings
from redis.commands.core import Script

from events.conf import conf
from events.exceptions import LiveMemoryAway
from events.publishing.drops import DROPS_KEY, Drops
from events.publishing.feed import BLOCK_SECONDS, FEED_KEY, as_entries
from events.publishing.live_statistics import commands_for
from events.records import EventRecord
from events.redis_client import TIMEOUT_SECONDS, redis_client

logger = logging.getLogger(__name__)

CHUNKS_KEY = "tidemark:live:chunks"
#: A chunk is published again only when its first attempt was cut off, seconds later; minutes, after an outage of
#: PostgreSQL, when no other chunk is published either. This many others go by in no such time.
CHUNKS_REMEMBERED = 50_000
#: Seconds for which Redis is left alone after it did not answer: chunks are not held up, the sweep brings them later.
PAUSE_SECONDS = 5

#: What says that Redis is away, or takes nothing in; any other complaint is about what it was given.
AWAY = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.OutOfMemoryError, redis.ReadOnlyError)

breaker = pybreaker.CircuitBreaker(
    fail_max=1,
    reset_timeout=PAUSE_SECONDS,
    exclude=[lambda error: not isinstance(error, AWAY)],
    name="live memory",
)


def add(records: Sequence[EventRecord], lines: Sequence[bytes], drops: Drops, *, now: datetime) -> bool:
    """Takes a chunk's new events into account, once however often it is called; returns whether it was the first time.

    Args:
        records: the events; the first one's id stands for the chunk.
        lines: their final forms.
        drops: what is left out so far; counted, together with what live statistics leave out.

    Raises:
        LiveMemoryAway: Redis does not answer, or did not a moment ago.
    """
    changes = commands_for(records, drops, now=now) + drops.commands()
    chunk = records[0].id
    arguments = [chunk, now.timestamp(), CHUNKS_REMEMBERED, conf.FEED_ENTRIES, msgspec.json.encode(changes)]
    keys = [CHUNKS_KEY, FEED_KEY, DROPS_KEY]
    first_time, *refusals = _call(script(), keys=keys, args=[*arguments, *as_entries(lines)])
    for refusal in refusals:
        logger.error(
            "Redis refused a change.", extra={"action": "drop", "reason": "refused", "error": refusal.decode()}
        )
    return bool(first_time)


def knows(records: Sequence[EventRecord]) -> bool:
    """Whether a chunk's new events were taken into account; raises LiveMemoryAway."""
    return not records or _call(redis_client().zscore, CHUNKS_KEY, records[0].id) is not None


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return breaker.call(function, *args, **kwargs)
    except (*AWAY, pybreaker.CircuitBreakerError) as error:
        raise LiveMemoryAway(f"Redis does not answer: {error}.") from error


def feed_client() -> redis.Redis:
    """A client of REDIS_URL for somebody who waits for the feed."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BLOCK_SECONDS + TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


@cache
def script() -> Script:
    """`add_chunk.lua`, which Redis runs as a whole or not at all."""
    source = Path(__file__).with_name("add_chunk.lua").read_text()
    return redis_client().register_script(source)

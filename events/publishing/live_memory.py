"""What lives in Redis alone, never persisted: live statistics, the live feed, and which chunks they know already.

Redis keys of this module:

    tidemark:live:chunks  sorted set: the id of each published chunk's first event by when it was published (seconds
                          since 1970). The newest CHUNKS_REMEMBERED; never expires.
    tidemark:feed         stream: final events, see `events.publishing.feed`. Never expires.
    tidemark:casino:…     see `events.livestats.casino`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import pybreaker
import redis
from django.conf import settings
from redis.commands.core import Script

from events.conf import conf
from events.exceptions import LiveMemoryAway
from events.livestats import casino
from events.publishing.feed import BLOCK_SECONDS, FEED_KEY, as_entries
from events.publishing.final_events import FinalEvent
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


def add(records: Sequence[EventRecord], events: Sequence[FinalEvent], *, now: datetime) -> bool:
    """Takes a chunk's new events into account, once however often it is called; answers whether it was the first time.

    Args:
        records: the events; the first one's id stands for the chunk.
        events: their final forms.

    Raises:
        LiveMemoryAway: Redis does not answer, or did not a moment ago.
    """
    entries = list(as_entries(events))
    seconds = now.timestamp()
    counts = casino.CasinoCounts.of(records).as_arguments()
    arguments = [records[0].id, seconds, CHUNKS_REMEMBERED, conf.FEED_ENTRIES, len(entries), *entries, *counts]
    try:
        return bool(breaker.call(script(), keys=[CHUNKS_KEY, FEED_KEY, *casino.keys(now)], args=arguments))
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

"""The live feed: final events on a Redis stream, for whoever wants to see them as they happen (docs/publishing.md).

An entry has one field, `events`: JSON objects, one a line. The stream keeps the newest FEED_ENTRIES entries, or
somewhat more. Entries of a hundred events cost Redis a tenth of entries of one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, cast

import redis

logger = logging.getLogger(__name__)

FEED_KEY = "tidemark:feed"
#: A bounded number of entries is bounded memory: one holds no more events than this, and no more bytes unless it holds
#: a single event.
EVENTS_PER_ENTRY = 100
BYTES_PER_ENTRY = 32 * 1024

#: Whoever follows asks again after this many seconds without an event, and this long after Redis did not response.
BLOCK_SECONDS = 5
PAUSE_SECONDS = 1
ENTRIES_AT_ONCE = 100

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
Response: TypeAlias = list[tuple[bytes, list[Entry]]]


def as_entries(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Final events, a line each, packed into entries."""
    for start in range(0, len(lines), EVENTS_PER_ENTRY):
        yield from _fitting(lines[start : start + EVENTS_PER_ENTRY])


def _fitting(lines: Sequence[bytes]) -> Iterator[bytes]:
    entry = b"".join(lines)
    if len(entry) <= BYTES_PER_ENTRY or len(lines) == 1:
        if entry:
            yield entry
        return
    middle = len(lines) // 2
    yield from _fitting(lines[:middle])
    yield from _fitting(lines[middle:])


def follow(client: redis.Redis, *, on_begin: Callable[[], object]) -> Iterator[list[bytes]]:
    """What comes into the feed from now on, an entry's lines at a time, without end.

    A Redis that is away is waited for; what it had not handed out is lost with it.

    Args:
        client: one whose time-out is longer than BLOCK_SECONDS.
        on_begin: called once the feed is listened to.
    """
    last = _last_id(client)
    on_begin()
    while True:
        try:
            response = client.xread({FEED_KEY: last}, block=BLOCK_SECONDS * 1000, count=ENTRIES_AT_ONCE)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            logger.warning("Redis is away; the feed goes on when it is back.", extra={"error": str(error)})
            time.sleep(PAUSE_SECONDS)
            continue
        for _, entries in cast(Response, response):
            for entry_id, entry in entries:
                last = entry_id
                yield entry[b"events"].splitlines()


def _last_id(client: redis.Redis) -> bytes:
    newest = cast("list[Entry]", client.xrevrange(FEED_KEY, count=1))
    return newest[0][0] if newest else b"0"

"""The reference "limit": what this database can take from one client that does nothing but write.

The same events into the same tables and indexes, in transactions of 1,000, over one connection, without HTTP, without
processes that hand work to each other, and without a promise to count correctly when several do it at once.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import uuid_utils

from benchmarks.heartbeats import Heartbeat, batches
from events.database import array_literal

#: (event id, dedupe key, heartbeat)
Row: TypeAlias = tuple[str, str, Heartbeat]

_DEDUPE_KEYS = """
INSERT INTO dedupe_keys (key, event_id) SELECT * FROM unnest(%s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
_EVENTS = "COPY events (id, type, user_key, item_key, time, chunk_id, data) FROM STDIN"
_PAIRS = """
INSERT INTO watch_time_pairs AS pair
    (user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id, updated_at)
SELECT users, movies, seconds, seconds, seconds, 0, event_ids, now()
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::uuid[]) AS new (users, movies, seconds, event_ids)
ON CONFLICT (user_key, movie) DO UPDATE
SET watch_seconds = pair.watch_seconds + excluded.watch_seconds, latest_moment = excluded.latest_moment,
    furthest_moment = greatest(pair.furthest_moment, excluded.furthest_moment),
    last_event_id = excluded.last_event_id, updated_at = excluded.updated_at
"""
_MOVIES = """
INSERT INTO watch_time_movies AS total (movie, watch_seconds, viewers)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT (movie) DO UPDATE
SET watch_seconds = total.watch_seconds + excluded.watch_seconds, viewers = total.viewers + excluded.viewers
"""
_USERS = """
INSERT INTO watch_time_users AS total (user_key, watch_seconds, movies)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT (user_key) DO UPDATE
SET watch_seconds = total.watch_seconds + excluded.watch_seconds, movies = total.movies + excluded.movies
"""


def limit_per_second(connection: Any, sent: Sequence[Heartbeat]) -> float:
    """Events per second; the connection must not commit by itself, and the tables be empty."""
    transactions = [[_row(heartbeat) for heartbeat in batch] for batch in batches(sent)]
    started = time.monotonic()
    for number, rows in enumerate(transactions):
        with connection, connection.cursor() as cursor:
            _write(cursor, rows, chunk_id=number)
    return len(sent) / (time.monotonic() - started)


def _row(heartbeat: Heartbeat) -> Row:
    key = hashlib.blake2b(heartbeat.id.encode(), digest_size=16).hexdigest()
    return str(uuid_utils.uuid7()), key, heartbeat


def _write(cursor: Any, rows: Sequence[Row], *, chunk_id: int) -> None:
    by_key = sorted(rows, key=lambda row: row[1])
    _execute(cursor, _DEDUPE_KEYS, [key for _, key, _ in by_key], [event_id for event_id, _, _ in by_key])
    cursor.copy_expert(_EVENTS, io.StringIO("".join(_copy_lines(rows, chunk_id=chunk_id))))
    pairs = {(heartbeat.user, heartbeat.slug): (heartbeat.at, event_id) for event_id, _, heartbeat in rows}
    keys = sorted(pairs)
    moments = [pairs[key][0] for key in keys]
    users, movies = [user for user, _ in keys], [movie for _, movie in keys]
    event_ids = [pairs[key][1] for key in keys]
    _execute(cursor, _PAIRS, users, movies, moments, event_ids)
    _execute(cursor, _MOVIES, *_sums(zip(movies, moments, strict=True)))
    _execute(cursor, _USERS, *_sums(zip(users, moments, strict=True)))


def _execute(cursor: Any, query: str, *columns: Sequence[object]) -> None:
    # As the product sends lists: psycopg2's own way costs PostgreSQL a quarter more for all of a transaction.
    cursor.execute(query, [array_literal(column) for column in columns])


def _copy_lines(rows: Sequence[Row], *, chunk_id: int) -> Iterable[str]:
    for event_id, _, heartbeat in rows:
        yield (
            f"{event_id}\theartbeat\t{heartbeat.user}\t{heartbeat.slug}\t{heartbeat.time}\t{chunk_id}\t"
            f"{heartbeat.json()}\n"
        )


def _sums(moments: Iterable[tuple[str, int]]) -> tuple[list[str], list[int], list[int]]:
    """Keys, their seconds and how many pairs they have."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for key, seconds in moments:
        sums[key][0] += seconds
        sums[key][1] += 1
    keys = sorted(sums)
    return keys, [sums[key][0] for key in keys], [sums[key][1] for key in keys]

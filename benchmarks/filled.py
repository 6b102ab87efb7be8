"""Millions of stored heartbeats and their totals, written by SQL as the pipeline would have written them.

Over HTTP ten million would take a quarter of an hour, and leave the same rows behind: events with dedupe keys, pairs,
movies, users, tallies.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.product import Product

USERS, MOVIES = 100_000, 5_000
_BATCH = 100_000

#: Round :round gives each pair one more heartbeat, ten seconds on. Ids are of the time at which they are written, as
#: those of the intake are. The second half of a pair follows from its number, so that a user has ten movies.
_EVENTS = """
WITH heartbeats AS MATERIALIZED (
    SELECT uuidv7() AS id, 'filled ' || number %% %(users)s AS user_key,
        'filled ' || (number / %(users)s * 7919 + number %% %(users)s) %% %(movies)s AS movie,
        now() - interval '1 hour' + %(round)s * interval '10 seconds' + number * interval '1 microsecond' AS time,
        md5('filled ' || %(round)s || ' ' || number)::uuid AS key, 10 * (%(round)s + 1) AS at
    FROM generate_series(%(first)s, %(first)s + %(batch)s - 1) AS number
), stored AS (
    INSERT INTO events (id, type, user_key, item_key, time, chunk_id, data)
    SELECT id, 'heartbeat', user_key, movie, time, 0, jsonb_build_object(
        'id', key, 'user', user_key, 'slug', movie, 'at', at, 'time', time
    )
    FROM heartbeats
), claimed AS (
    INSERT INTO dedupe_keys (key, event_id) SELECT key, id FROM heartbeats ORDER BY key
)
INSERT INTO watch_time_pairs AS pair
    (user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id, updated_at)
SELECT user_key, movie, at, at, at, (extract(epoch FROM time) * 1000000)::bigint, id, now() FROM heartbeats
ON CONFLICT (user_key, movie) DO UPDATE
SET watch_seconds = excluded.watch_seconds, latest_moment = excluded.latest_moment,
    furthest_moment = excluded.furthest_moment, last_time_us = excluded.last_time_us,
    last_event_id = excluded.last_event_id
"""
_SUMS = """
TRUNCATE watch_time_movies, watch_time_users, event_tallies;
INSERT INTO watch_time_movies (movie, watch_seconds, viewers)
SELECT movie, sum(watch_seconds), count(*) FROM watch_time_pairs GROUP BY movie;
INSERT INTO watch_time_users (user_key, watch_seconds, movies)
SELECT user_key, sum(watch_seconds), count(*) FROM watch_time_pairs GROUP BY user_key;
INSERT INTO event_tallies (type, slot, processed, duplicate, failed, rejected, unsupported, cancelled)
SELECT 'heartbeat', 0, count(*), 0, 0, 0, 0, 0 FROM events;
"""
#: What autovacuum would have done by the time that so many events have come in.
_SETTLE = ("VACUUM (ANALYZE) events", "VACUUM (ANALYZE) watch_time_pairs", "ANALYZE", "CHECKPOINT")


def fill(product: Product, events: int, *, pairs: int, say: Callable[[str], None]) -> None:
    """Adds rounds of one heartbeat a pair until that many events are stored, and shows how far it is.

    What is stored before must be of such rounds.
    """
    with product.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events")
        stored = int(cursor.fetchone()[0])
        started, before = time.monotonic(), stored
        while stored < events:
            stored += _add_round(cursor, round_=stored // pairs, pairs=pairs)
            rate = (stored - before) / (time.monotonic() - started)
            say(f"filled {stored:,} of {events:,} events; {(events - stored) / rate:,.0f} s to go")
        cursor.execute(_SUMS)
        for statement in _SETTLE:
            cursor.execute(statement)


def _add_round(cursor: Any, *, round_: int, pairs: int) -> int:
    batch = min(_BATCH, pairs)
    for first in range(0, pairs, batch):
        cursor.execute(_EVENTS, {"users": USERS, "movies": MOVIES, "round": round_, "first": first, "batch": batch})
    return pairs

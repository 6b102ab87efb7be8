"""Ad files of any size: serving events, and user events most of which follow from one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from events.systems.ads.columns import SERVING_FILE, USER_FILE

#: An ad is served every 100 ms; what follows comes up to an hour later, now and then too early.
_SERVING = """
SELECT 'serving-' || number AS "eventId",
    strftime(TIMESTAMP '2026-01-01' + INTERVAL (number * 100) MILLISECOND, '%Y-%m-%dT%H:%M:%S.%gZ') AS "eventTimestamp",
    NULL AS "eventType", NULL AS "parentEventId", 'user-' || (number * 7919 % 200000) AS "userId",
    'advertiser-' || (number % 500) AS "advertiserId", 'device-' || (number % 300000) AS "deviceId",
    (number % 400) / 100 AS "price"
FROM range({serving}) AS rows (number)
"""
_USER = """
SELECT 'event-' || number AS "eventId",
    strftime(TIMESTAMP '2026-01-01' + INTERVAL (ad * 100 + delay) MILLISECOND, '%Y-%m-%dT%H:%M:%S.%gZ')
        AS "eventTimestamp",
    CASE WHEN number % 3 = 0 THEN 'click' ELSE 'impression' END AS "eventType", 'serving-' || ad AS "parentEventId",
    'user-' || ((ad + (number % 50 = 0)::int) * 7919 % 200000) AS "userId", NULL AS "advertiserId",
    'device-' || (ad % 300000) AS "deviceId", NULL AS "price"
FROM (
    SELECT number, (hash(number) % ({serving} * 102 // 100))::bigint AS ad,
        (hash(number + 1) % 3600000)::bigint - 60000 AS delay
    FROM range({user}) AS rows (number)
)
"""


@dataclass(frozen=True)
class AdFiles:
    serving: Path
    user: Path


def make_ad_files(directory: Path, *, serving: int, user: int) -> AdFiles:
    """Writes the files; the same sizes give the same files."""
    files = AdFiles(directory / SERVING_FILE, directory / USER_FILE)
    with duckdb.connect() as connection:
        for path, query in ((files.serving, _SERVING), (files.user, _USER)):
            rows = query.format(serving=serving, user=user)
            connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT csv, HEADER)").fetchall()
    return files

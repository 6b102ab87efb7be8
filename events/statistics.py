"""How many events came to which end, and how fast: exact, from PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from events.database import fetch_all, fetch_one
from events.ids import received_at
from events.publishing import drops
from events.queries import queries

#: Seconds over which the rate is taken.
RATE_WINDOW_SECONDS = 60
ENDS = ("processed", "duplicate", "failed", "rejected", "unsupported", "cancelled", "too_late")
#: The counts of a type of which no event came.
NONE = {f"{end}_events": 0 for end in ENDS}


def ends_by_type() -> dict[str, dict[str, int]]:
    """How many events of each type came to which end: `{"bet": {"processed_events": 3, ...}}`."""
    return {
        name: dict(zip((f"{end}_events" for end in ENDS), counts, strict=True))
        for name, *counts in fetch_all(queries.tallies_by_type.sql)
    }


def collect(*, now: datetime, type_name: str | None = None) -> dict[str, Any]:
    """What `GET /v1/stats` shows: events by end and by type, and events processed per second; of all types or of one.

    `pending_events`, those under way, and `drops`, what is missing from what was published, are known of all types
    together only.
    """
    by_type = ends_by_type()
    if type_name is not None:
        by_type = {type_name: by_type.get(type_name, NONE)}
    sums = {f"{end}_events": sum(counts[f"{end}_events"] for counts in by_type.values()) for end in ENDS}
    statistics = {
        "total_events": sums.pop("processed_events"),
        "processed_per_second": _rate(now=now, type_name=type_name),
        **sums,
        "by_type": by_type,
    }
    if type_name is None:
        pending = fetch_one(queries.pending_events.sql)
        statistics["pending_events"] = int(pending[0]) if pending else 0
        statistics["drops"] = drops.counted()
    return statistics


def _rate(*, now: datetime, type_name: str | None) -> float:
    """Events per second over the last minute, or since the first event if that is less."""
    since = now - timedelta(seconds=RATE_WINDOW_SECONDS)
    query = queries.processed_since if type_name is None else queries.processed_of_type_since
    row = fetch_one(query.sql, {"since": since, "type": type_name})
    processed, first = row if row else (0, None)
    if first is None:
        return 0.0
    # Less than a second says little of a rate.
    seconds = min(RATE_WINDOW_SECONDS, max(1.0, (now - received_at(first)).total_seconds()))
    rate: float = round(processed / seconds, 2)
    return rate

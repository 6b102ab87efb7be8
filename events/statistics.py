"""How many events came to which end, and how fast: exact, from PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from events.database import fetch_all, fetch_one
from events.queries import queries

#: Seconds over which the rate is taken.
RATE_WINDOW_SECONDS = 60
ENDS = ("processed", "duplicate", "failed", "rejected", "unsupported", "cancelled")
#: The counts of a type of which no event came.
NONE = {f"{end}_events": 0 for end in ENDS}


def ends_by_type() -> dict[str, dict[str, int]]:
    """How many events of each type came to which end: `{"bet": {"processed_events": 3, ...}}`."""
    return {
        name: dict(zip((f"{end}_events" for end in ENDS), counts, strict=True))
        for name, *counts in fetch_all(queries.tallies_by_type.sql)
    }


def collect(*, now: datetime) -> dict[str, Any]:
    """The answer of `GET /v1/stats`: events by end and by type, those under way, and events processed per second."""
    by_type = ends_by_type()
    sums = {f"{end}_events": sum(counts[f"{end}_events"] for counts in by_type.values()) for end in ENDS}
    pending = fetch_one(queries.pending_events.sql)
    return {
        "total_events": sums.pop("processed_events"),
        "processed_per_second": _rate(now=now),
        **sums,
        "pending_events": int(pending[0]) if pending else 0,
        "by_type": by_type,
    }


def _rate(*, now: datetime) -> float:
    row = fetch_one(queries.processed_since.sql, {"since": now - timedelta(seconds=RATE_WINDOW_SECONDS)})
    processed, first = row if row else (0, None)
    if first is None:
        return 0.0
    # Less than a second says little of a rate.
    seconds = min(RATE_WINDOW_SECONDS, max(1.0, (now - first).total_seconds()))
    rate: float = round(processed / seconds, 2)
    return rate

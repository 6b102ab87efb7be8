"""How long the ad system keeps what it stores."""

from __future__ import annotations

from events.database import fetch_one
from events.exceptions import StillNeeded
from events.pipeline.partitions import Month
from events.retention.months import Position, dependents
from events.retention.registry import table
from events.systems.ads.queries import queries


class CollectedFiles:
    """`collect_ads` writes each event to each directory, so a month waits for it."""

    def let_go(self, month: Month, *, after: Position | None) -> None:
        """Nothing is left to do, or it is not time yet."""
        row = fetch_one(queries.directory_that_lacks.sql, {"end": month.bounds["end"]})
        if row is not None:
            raise StillNeeded(f"{row[0]} lacks events of that month: run collect_ads for it, or with --forget.")
        return


table("collected_directories", holds="directories of `collect_ads`", goes="with `collect_ads --forget`; few rows")
table("uncollected_events", holds="events that such a directory lacks", goes="when `collect_ads` has written them")
dependents.add("collected files", CollectedFiles())

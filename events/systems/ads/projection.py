"""New ad events, noted for each directory that `collect_ads` keeps current."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from events.database import execute
from events.projections import projections
from events.records import EventRecord
from events.systems.ads.columns import SERVING_TYPES, USER_TYPES
from events.systems.ads.queries import queries

_TYPES = frozenset({*SERVING_TYPES, *USER_TYPES})


class CollectedDirectories:
    """Notes events in the transaction that counts them, so that each is written to each directory once."""

    lock_rank = 30

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Notes the ad events among new events."""
        event_ids = [record.id for record in records if record.type in _TYPES]
        if event_ids:
            # A directory is added by a transaction that waits for this one, so it finds these events counted.
            execute(queries.share_collected_directories.sql)
            execute(queries.note_uncollected.sql, {"event_ids": event_ids})

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Events that are taken out again were never noted."""


projections.add("collected directories", CollectedDirectories())

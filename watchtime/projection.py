"""Watch time follows from events: this is what the pipeline calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from events.projections import projections
from events.records import EventRecord
from watchtime import totals
from watchtime.late import Pair
from watchtime.observations import TYPES, observation_of
from watchtime.policies import Observation


class WatchTimeProjection:
    """Keeps the totals of pairs, movies and users."""

    lock_rank = 10

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> Collection[str]:
        observations: dict[Pair, list[Observation]] = defaultdict(list)
        for record in records:
            if record.type in TYPES and record.item is not None:
                observation = observation_of(record.type, record.order, record.data)
                observations[record.user, record.item].append(observation)
        return totals.add(observations, now=now)

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Computes the pairs of events that were taken out again."""
        totals.recompute(
            [(record.user, record.item) for record in records if record.type in TYPES and record.item is not None],
            now=now,
        )


projections.add("watchtime", WatchTimeProjection())

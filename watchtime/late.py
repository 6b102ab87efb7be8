"""Heartbeats that come after later ones of their pair were counted: what is counted next to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from events.database import Row, fetch_all
from events.types.times import from_microseconds
from watchtime.observations import HEARTBEATS, observation_of
from watchtime.policies import Key, Neighbours, Observation, PairState
from watchtime.queries import queries

#: (user, movie)
Pair: TypeAlias = tuple[str, str]


def is_after(baseline: PairState | None, observation: Observation) -> bool:
    """Whether an observation counts in addition to its pair's baseline."""
    return baseline is None or baseline.last_key is None or observation.key > baseline.last_key


def neighbours_of(
    late: Mapping[Pair, Sequence[Observation]], baselines: Mapping[Pair, PairState]
) -> dict[Key, Neighbours]:
    """The counted heartbeats next to each late one, by its key. The pairs are locked, so none is added meanwhile.

    The late ones come after their pair's baseline. What is before that is in it, and may be stored no more.
    """
    heartbeats = [(pair, each.key) for pair, those in late.items() for each in those if each.at is not None]
    if not heartbeats:
        return {}
    rows = fetch_all(
        queries.neighbours.sql,
        {
            "users": [user for (user, _), _ in heartbeats],
            "movies": [movie for (_, movie), _ in heartbeats],
            "times": [from_microseconds(time_us) for _, (time_us, _) in heartbeats],
            "ids": [event_id for _, (_, event_id) in heartbeats],
            "types": list(HEARTBEATS),
        },
    )
    return {
        key: Neighbours(_unless_in(baselines.get(pair), _observed(row[:4])), _observed(row[4:]))
        for (pair, key), row in zip(heartbeats, rows, strict=True)
    }


def _unless_in(baseline: PairState | None, before: Observation | None) -> Observation | None:
    """The heartbeat before a late one; the last one of the baseline if none has come since."""
    if baseline is None or (before is not None and is_after(baseline, before)):
        return before
    if baseline.latest_moment is None or baseline.last_key is None:
        return None
    return Observation(baseline.last_key, at=baseline.latest_moment)


def _observed(columns: Row) -> Observation | None:
    time_us, event_id, event_type, data = columns
    return None if event_id is None else observation_of(event_type, (time_us, event_id), data)

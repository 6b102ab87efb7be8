"""Heartbeats that come after later ones of their pair were counted: what is counted next to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from events.database import Row, fetch_all
from events.types.times import from_microseconds
from watchtime.observations import HEARTBEATS, observation_of
from watchtime.policies import Key, Neighbours, Observation
from watchtime.queries import queries

#: (user, movie)
Pair: TypeAlias = tuple[str, str]


def neighbours_of(late: Mapping[Pair, Sequence[Observation]]) -> dict[Key, Neighbours]:
    """The counted heartbeats next to each late one, by its key. The pairs are locked, so none is added meanwhile."""
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
        key: Neighbours(_observed(row[:4]), _observed(row[4:])) for (_, key), row in zip(heartbeats, rows, strict=True)
    }


def _observed(columns: Row) -> Observation | None:
    time_us, event_id, event_type, data = columns
    return None if event_id is None else observation_of(event_type, (time_us, event_id), data)

"""Counting what became of events, by type, exactly: in the transaction in which it became so."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from events.database import execute
from events.queries import queries

ENDS = ("processed", "duplicate", "failed", "rejected", "unsupported", "cancelled")
#: Workers add to different rows, so that they do not wait for each other.
SLOTS = 16


def add(**types_by_end: Iterable[str]) -> None:
    """Counts one event per name of a type given: `add(processed=["bet", "bet"], duplicate=["bet"])`."""
    _change(1, types_by_end)


def take_back(**types_by_end: Iterable[str]) -> None:
    """Undoes `add`, for events that go through the pipeline again."""
    _change(-1, types_by_end)


def _change(sign: int, types_by_end: dict[str, Iterable[str]]) -> None:
    counts = {end: Counter(types_by_end.get(end, ())) for end in ENDS}
    types = sorted(set().union(*counts.values()))
    if not types:
        return
    parameters = {end: [sign * counts[end][name] for name in types] for end in ENDS}
    execute(queries.add_to_tallies.sql, {"types": types, "slot": os.getpid() % SLOTS, **parameters})

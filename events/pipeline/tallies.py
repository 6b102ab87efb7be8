"""Counting what became of events, by type, exactly: in the transaction in which it became so.

Anybody can invent names of types. The first MOST_UNKNOWN_TYPES that nobody declared are counted by name, in
`unsupported_types`; a name that is not there by the time that is full never will be, so its events are always counted
as OTHER_TYPES, and taken back from there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from events.database import execute, fetch_one
from events.queries import queries
from events.types.registry import OTHER_TYPES, event_types

ENDS = ("processed", "duplicate", "failed", "rejected", "unsupported", "cancelled", "too_late")
#: Workers add to different rows, so that they do not wait for each other.
SLOTS = 16
MOST_UNKNOWN_TYPES = 100


def add(**types_by_end: Iterable[str]) -> None:
    """Counts one event per name of a type given: `add(processed=["bet", "bet"], duplicate=["bet"])`."""
    _change(1, types_by_end)


def take_back(**types_by_end: Iterable[str]) -> None:
    """Undoes `add`, for events that go through the pipeline again."""
    _change(-1, types_by_end)


def _change(sign: int, types_by_end: dict[str, Iterable[str]]) -> None:
    counts = {end: Counter(types_by_end.get(end, ())) for end in ENDS}
    # An event that was unsupported is taken back when its type is declared. A rejected item need not name a type.
    unsupported = list(counts["unsupported"])
    unknown_and_rejected = [name for name in counts["rejected"] if name and name not in event_types]
    if unsupported or unknown_and_rejected:
        others = _not_counted_by_name(unsupported + unknown_and_rejected, may_add=sign > 0)
        _rename(counts["unsupported"], others.intersection(unsupported))
        _rename(counts["rejected"], others.intersection(unknown_and_rejected))
    types = sorted(set().union(*counts.values()))
    if not types:
        return
    parameters = {end: [sign * counts[end][name] for name in types] for end in ENDS}
    execute(queries.add_to_tallies.sql, {"types": types, "slot": os.getpid() % SLOTS, **parameters})


def _rename(counts: Counter[str], names: Iterable[str]) -> None:
    for name in names:
        counts[OTHER_TYPES] += counts.pop(name)


def _not_counted_by_name(names: Sequence[str], *, may_add: bool) -> set[str]:
    """Of these unknown types those that are counted as OTHER_TYPES, after adding new ones while there is room.

    Adding locks the list, before any tally: no transaction adds names after it has counted.
    """
    asked = [name for name in dict.fromkeys(names) if name != OTHER_TYPES]
    count, known = _known(asked)
    if may_add and count < MOST_UNKNOWN_TYPES and len(known) < len(asked):
        execute(queries.lock_unknown_types.sql)
        execute(queries.add_unknown_types.sql, {"names": asked, "most": MOST_UNKNOWN_TYPES})
        _, known = _known(asked)
    return set(asked).difference(known)


def _known(names: list[str]) -> tuple[int, list[str]]:
    row = fetch_one(queries.unknown_types.sql, {"names": names})
    assert row is not None
    return row[0], row[1]

"""The live feed: final events on a Redis stream, for whoever wants to see them as they happen (docs/publishing.md).

An entry has one field, `events`: JSON objects, one a line. The stream keeps the newest FEED_ENTRIES entries, or
somewhat more. Entries of a hundred events cost Redis a tenth of entries of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from events.publishing.final_events import FinalEvent, as_lines

FEED_KEY = "tidemark:feed"
#: A bounded number of entries is bounded memory: one holds no more events than this, and no more bytes unless it holds
#: a single event.
EVENTS_PER_ENTRY = 100
BYTES_PER_ENTRY = 32 * 1024


def as_entries(events: Sequence[FinalEvent]) -> Iterator[bytes]:
    """The events, packed into entries."""
    for start in range(0, len(events), EVENTS_PER_ENTRY):
        yield from _fitting(events[start : start + EVENTS_PER_ENTRY])


def _fitting(events: Sequence[FinalEvent]) -> Iterator[bytes]:
    lines = as_lines(events)
    if len(lines) <= BYTES_PER_ENTRY or len(events) == 1:
        yield lines
        return
    middle = len(events) // 2
    yield from _fitting(events[:middle])
    yield from _fitting(events[middle:])

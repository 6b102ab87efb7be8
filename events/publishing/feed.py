"""The live feed: final events on a Redis stream, for whoever wants to see them as they happen (docs/publishing.md).

An entry has one field, `events`: JSON objects, one a line. The stream keeps the newest FEED_ENTRIES entries, or
somewhat more. Entries of several events cost Redis a tenth of entries of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

FEED_KEY = "tidemark:feed"
#: An entry is closed at this many events or bytes, whichever comes first: a bounded number of them is bounded memory.
EVENTS_PER_ENTRY = 100
BYTES_PER_ENTRY = 32 * 1024


def as_entries(lines: Sequence[bytes]) -> list[bytes]:
    """The lines, packed into entries."""
    return [b"\n".join(part) for part in _parts(lines)]


def _parts(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and (len(part) == EVENTS_PER_ENTRY or size + len(line) > BYTES_PER_ENTRY):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part

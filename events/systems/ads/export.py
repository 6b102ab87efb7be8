"""Stored ad events as CSV, a page at a time: between two pages no transaction is open and nothing is held.

A reader may therefore take as long as it likes, or go away; a million events take no more memory than a page.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from events.database import Row, fetch_all, fetch_one
from events.systems.ads.atomic_files import written_whole
from events.systems.ads.cells import csv_line
from events.systems.ads.columns import COLUMNS, SERVING_FILE, SERVING_TYPES, TYPES_BY_FILE, USER_FILE, USER_TYPES
from events.systems.ads.queries import queries

#: Events of a page.
PAGE_SIZE = 5000
NO_EVENT = uuid.UUID(int=0)


def newest_ad_event() -> uuid.UUID:
    """The ad event received last of those stored; an export ends with it, however long it takes and whatever comes."""
    row = fetch_one(queries.newest_ad_event.sql, {"types": [*SERVING_TYPES, *USER_TYPES]})
    return NO_EVENT if row is None else row[0]


def csv_pages(types: Sequence[str], *, until: uuid.UUID) -> Iterator[str]:
    """The events of these types as CSV with a line of column names, in the order received, up to the event `until`."""
    yield csv_line(COLUMNS)
    after = NO_EVENT
    while page := _page(types, after=after, until=until):
        yield "".join(csv_line(cell or "" for cell in row[1:]) for row in page)
        after = page[-1][0]


def export_files(directory: Path) -> list[Path]:
    """Writes both files into the directory, each complete or not at all; returns their paths. Raises OSError."""
    until = newest_ad_event()
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    # An ad is served before it is seen: with the serving events read last, none is missing that a user event names.
    for name in (USER_FILE, SERVING_FILE):
        with written_whole(directory / name) as part, part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_pages(TYPES_BY_FILE[name], until=until))
        paths.append(directory / name)
    return paths


def _page(types: Sequence[str], *, after: uuid.UUID, until: uuid.UUID) -> list[Row]:
    return fetch_all(
        queries.ad_events_after.sql, {"types": list(types), "after": after, "until": until, "limit": PAGE_SIZE}
    )

"""The events table by its partitions."""

import uuid
from collections import defaultdict
from datetime import UTC, datetime

from events.database import execute, fetch_all
from events.ids import lowest_id_at

Partitions = dict[str, set[uuid.UUID]]


def month(number: int, *, day: int = 15) -> datetime:
    """A day of a month, counted from January 2030."""
    years, months = divmod(number, 12)
    return datetime(2030 + years, months + 1, day, tzinfo=UTC)


def store(moment: datetime, count: int = 1) -> set[uuid.UUID]:
    """Stores events that were received then; their ids."""
    ids = {uuid.UUID(int=lowest_id_at(moment).int | number) for number in range(count)}
    execute(
        "INSERT INTO events (id, type, user_key, time, chunk_id, data) "
        "SELECT id, 'heartbeat', 'ann', now(), 0, '{}' FROM unnest(%(ids)s::uuid[]) AS id",
        {"ids": [str(one) for one in ids]},
    )
    return ids


def stored() -> Partitions:
    """The events by the partition they are in."""
    found: Partitions = defaultdict(set)
    for partition, event_id in fetch_all("SELECT tableoid::regclass::text, id FROM events"):
        found[partition].add(event_id)
    return dict(found)


def attached() -> set[str]:
    """All partitions."""
    rows = fetch_all("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass")
    return {name for (name,) in rows}


def drop(names: set[str]) -> None:
    """Drops partitions, and empties the others."""
    execute("TRUNCATE events")
    for name in names:
        execute(f"DROP TABLE {name}")

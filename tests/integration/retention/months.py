"""A month of events that is long gone."""

from datetime import UTC, datetime, timedelta

from events.clock import utc_now
from events.database import execute, fetch_all
from events.ids import lowest_id_at
from events.pipeline.partitions import ensure_partitions
from events.retention.pruning import prune
from events.retention.registry import prunings
from tests.support.pipeline import heartbeat, post, process
from tests.support.watch_time import Beat

#: Two months before this one: all of it is more than 31 days old.
LAST = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
OLD_MONTH = (LAST.replace(day=1) - timedelta(days=10)).replace(day=10)
PARTITION = f"events_{OLD_MONTH:%Y_%m}"


def received_long_ago(condition: str = "true") -> None:
    """Makes stored events ones of OLD_MONTH, in a partition of their own."""
    prefix = str(lowest_id_at(OLD_MONTH))[:13]
    execute(f"UPDATE events SET id = (%(prefix)s || substr(id::text, 14))::uuid WHERE {condition}", {"prefix": prefix})
    for table in ("watch_time_pairs", "uncollected_events", "notifications"):
        column = {"watch_time_pairs": "last_event_id", "uncollected_events": "event_id"}.get(table, "trigger_id")
        execute(
            f"UPDATE {table} SET {column} = (%(prefix)s || substr({column}::text, 14))::uuid "
            f"WHERE EXISTS (SELECT FROM events WHERE id = (%(prefix)s || substr({table}.{column}::text, 14))::uuid)",
            {"prefix": prefix},
        )
    ensure_partitions(now=utc_now())
    assert PARTITION in partitions()


def partitions() -> set[str]:
    rows = fetch_all("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass")
    return {name for (name,) in rows}


def prune_events() -> int:
    """What beat does; events deleted."""
    return prune(prunings(), now=utc_now(), seconds=60)["events"]


def count(*beats: Beat) -> None:
    """Processes heartbeats, one request after the other."""
    for beat in beats:
        process(post([heartbeat(beat.user, beat.movie, beat.at, second=beat.when)]))


OLD = [
    Beat("ann", "alien", 10, 1),
    Beat("ann", "alien", 50, 5),
    Beat("ann", "brazil", 7, 2),
    Beat("bob", "alien", 30, 3),
    Beat("bob", "alien", 20, 4),
]
#: The first one is a step back between two of OLD, so it changes what the later one adds.
NEW = [
    Beat("ann", "alien", 5, 3),
    Beat("ann", "alien", 60, 6),
    Beat("bob", "alien", 25, 9),
    Beat("cid", "alien", 5, 1),
]

"""What is in the tables, whole."""

from tests.support.watch_time import Fetch


def ends(fetch: Fetch) -> dict[str, tuple[int, ...]]:
    """The tallies: type -> (processed, duplicate, failed, rejected, unsupported, cancelled)."""
    rows = fetch(
        "SELECT type, sum(processed)::int, sum(duplicate)::int, sum(failed)::int, sum(rejected)::int, "
        "sum(unsupported)::int, sum(cancelled)::int FROM event_tallies GROUP BY type"
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def rows_in(fetch: Fetch, *tables: str) -> dict[str, int]:
    """How many rows each table has."""
    return {table: fetch(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def pending(fetch: Fetch) -> int:
    """Events that are accepted and not through."""
    ((count,),) = fetch(
        "SELECT (SELECT count(*) FROM inbox) + (SELECT coalesce(sum(size), 0) FROM chunks WHERE is_pending)"
    )
    return int(count)

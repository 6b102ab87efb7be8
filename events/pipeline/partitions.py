"""Partitions of the events table: one a month of receipt, made ahead. A DEFAULT partition catches what has none.

PostgreSQL makes no partition for a month while events of it lie in DEFAULT. So these are copied first, in small
transactions that lock nothing, and change places with their copies in one short transaction: they are visible at every
moment, and totals may be computed from them at every moment.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from events.conf import conf
from events.database import Row, execute, fetch_all, fetch_one, retried
from events.ids import lowest_id_at, received_at
from events.queries import queries

logger = logging.getLogger(__name__)

#: Events copied by one transaction.
ROWS_AT_ONCE = 5000
#: How long everybody else may have to wait behind an attempt to lock the table. It is tried several times.
LOCK_TIMEOUT = "500ms"
#: For what is locked next only a vacuum may be in the way; it gives in after PostgreSQL's `deadlock_timeout` of 1 s.
VACUUM_TIMEOUT = "5s"
#: No event was received after that.
LAST_MONTH = datetime(9999, 12, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Month:
    """A month of receipt, and the partition of its events."""

    start: datetime

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month of a moment, in UTC."""
        return cls(datetime(moment.year, moment.month, 1, tzinfo=UTC))

    def later(self, months: int) -> Month:
        """The month that many months later."""
        years, month = divmod(self.start.month - 1 + months, 12)
        return Month(datetime(self.start.year + years, month + 1, 1, tzinfo=UTC))

    @property
    def name(self) -> str:
        """The name of its partition."""
        return f"events_{self.start:%Y_%m}"

    @property
    def bounds(self) -> dict[str, uuid.UUID]:
        """The ids of its events: from `lowest` to before `end`."""
        return {"lowest": lowest_id_at(self.start), "end": lowest_id_at(self.later(1).start)}


def ensure_partitions(*, now: datetime) -> list[str]:
    """Makes the partitions that are missing: of this month, the months ahead, and those with events in DEFAULT.

    Returns the names of those made. What fails is logged, stops no other month, and is tried again by the next call.
    Does nothing while another process is at it.
    """
    missing = _missing(now=now)
    if not missing or not _value(queries.claim_partitions.sql):
        return []
    try:
        return [month.name for month in _missing(now=now) if _make(month)]
    finally:
        fetch_one(queries.release_partitions.sql)


def _missing(*, now: datetime) -> list[Month]:
    attached = {name for (name,) in fetch_all(queries.attached_partitions.sql)}
    wanted = {Month.of(now).later(ahead) for ahead in range(conf.PARTITION_MONTHS_AHEAD + 1)} | set(
        _months_in_default()
    )
    return [month for month in sorted(wanted, key=lambda month: month.start) if month.name not in attached]


def _months_in_default() -> Iterator[Month]:
    bounds = {"lowest": uuid.UUID(int=0), "end": lowest_id_at(LAST_MONTH)}
    while event_id := _value(queries.first_in_default.sql, bounds):
        month = Month.of(received_at(event_id))
        yield month
        bounds["lowest"] = month.bounds["end"]


def _make(month: Month) -> bool:
    try:
        _create(month)
        _copy(month)
        attach(month)
    except DatabaseError:
        logger.warning("A partition could not be made.", extra={"partition": month.name}, exc_info=True)
        return False
    logger.info("A partition was made.", extra={"partition": month.name})
    return True


def _create(month: Month) -> None:
    with transaction.atomic():
        if _value(queries.is_unfinished_copy.sql, {"name": month.name}):
            execute(f"DROP TABLE {_quoted(month)}")
        execute(_of(month, queries.create_partition.sql), month.bounds)


def _copy(month: Month) -> None:
    lowest, end = month.bounds.values()
    after: uuid.UUID | None = uuid.UUID(int=lowest.int - 1)
    while after is not None:
        with transaction.atomic():
            parameters = {"after": after, "end": end, "limit": ROWS_AT_ONCE}
            after = _value(_of(month, queries.copy_from_default.sql), parameters)


@retried
def attach(month: Month) -> None:
    """Puts the copy in the place of the events, at once: nobody sees them twice or not at all."""
    with transaction.atomic():
        execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        execute(queries.lock_events.sql)
        execute(f"SET LOCAL lock_timeout = '{VACUUM_TIMEOUT}'")
        for query in (
            queries.forget_stale_copies,
            queries.copy_rest,
            queries.delete_from_default,
            queries.attach_partition,
            queries.drop_bounds,
        ):
            execute(_of(month, query.sql), month.bounds)


def _of(month: Month, query: str) -> str:
    return query.format(partition=_quoted(month))


def _quoted(month: Month) -> str:
    return connection.ops.quote_name(month.name)


def _value(query: str, parameters: dict[str, Any] | None = None) -> Any:
    row: Row | None = fetch_one(query, parameters)
    return row[0] if row else None

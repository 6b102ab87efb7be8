"""Pruning events, if RETENTION_DAYS says so: a month's partition goes as a whole, once nothing needs its events.

What is computed from stored events declares itself as a dependent, in a module `retention`. Step by step each makes
itself independent of the month's events; what is done is written down in the transaction that does it. Then the
partition is detached, in a moment, and dropped.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from django.db import OperationalError, connection, transaction

from events.database import execute, fetch_all, fetch_one, should_be_tried_again
from events.exceptions import StillNeeded
from events.models import MonthToPrune
from events.pipeline.partitions import LOCK_TIMEOUT, VACUUM_TIMEOUT, Month
from events.queries import queries
from events.registry import Registry
from events.retention.pruning import Age, Batch, Expired

logger = logging.getLogger(__name__)

#: As many rows are counted in a moment.
FEW_ROWS = 1_000_000
#: Where a dependent goes on with a month.
Position = list[str]


class Dependent(Protocol):
    """Something that is computed from stored events."""

    def let_go(self, month: Month, *, after: Position | None) -> Position | None:
        """Makes the next part of it independent of the month's events, within the caller's transaction.

        No event of the month is stored from now on. Returns where to go on; None: it needs none of them any more.

        Raises:
            StillNeeded: not yet; the message says why, and what to do about it.
        """


dependents: Registry[Dependent] = Registry("dependent of events", "retention")


@dataclass(frozen=True)
class OldMonths:
    """Deletes the events of months of receipt that are too old as a whole. Each call does a step."""

    age: Age | Expired
    table: str = "events"
    is_promise: bool = False

    def count(self, *, before: datetime) -> int:
        return sum(_rows_of(month.name) for month in _old_months(before))

    def delete_batch(self, *, before: datetime, after: object | None) -> Batch:
        for (name,) in fetch_all(queries.detached_months.sql):
            rows = _rows_of(name)
            execute(f"DROP TABLE {connection.ops.quote_name(name)}")
            return Batch(rows, reached=name)
        for month in _old_months(before):
            if _goes_on(month):
                return Batch(0, reached=month.name)
        return Batch(0, reached=None)


def _old_months(before: datetime) -> list[Month]:
    return [month for month in _months() if month.later(1).start <= before]


def _months() -> Iterator[Month]:
    """Those that have a partition, the oldest first."""
    for (name,) in sorted(fetch_all(queries.attached_partitions.sql)):
        if found := re.fullmatch(r"events_(\d{4})_(\d{2})", name):
            yield Month(datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC))


def _rows_of(partition: str) -> int:
    """How many rows it has: exactly if there are few, else as PostgreSQL estimates."""
    row = fetch_one(queries.estimated_rows.sql, {"partition": partition})
    if row is None or row[0] < FEW_ROWS:
        row = fetch_one(f"SELECT count(*) FROM {connection.ops.quote_name(partition)}")  # noqa: S608 (a name of ours)
    return int(row[0]) if row else 0


def _goes_on(month: Month) -> bool:
    """Does the next step with a month; False if it has to wait, or somebody else is at it."""
    try:
        with transaction.atomic():
            return _step(month)
    except StillNeeded as reason:
        logger.info(
            "A month of events has to wait.", extra={"action": "prune", "month": month.name, "why": str(reason)}
        )
    except OperationalError as error:
        if not should_be_tried_again(error):
            raise
        logger.info("A month of events is in use.", extra={"action": "prune", "month": month.name, "why": str(error)})
    return False


def _step(month: Month) -> bool:
    MonthToPrune.objects.get_or_create(name=month.name)
    pruned = MonthToPrune.objects.select_for_update(skip_locked=True).filter(name=month.name).first()
    if pruned is None:
        return False
    if fetch_one(queries.events_to_come.sql, {"end": month.bounds["end"]}) is not None:
        raise StillNeeded(
            "Events received then are still under way, or kept as failed or unsupported: replay them, or wait until "
            "they go."
        )
    for name in dependents.keys():  # noqa: SIM118 (a registry iterates over its items)
        if name not in pruned.settled:
            pruned.position = dependents.get(name).let_go(month, after=pruned.position)
            if pruned.position is None:
                pruned.settled.append(name)
            pruned.save()
            return True
    _detach(month)
    pruned.delete()
    logger.info("A month of events was pruned.", extra={"action": "prune", "month": month.name})
    return True


def _detach(month: Month) -> None:
    """Takes the month out in a moment for which all who use the table wait.

    With CONCURRENTLY nobody would, but PostgreSQL refuses that for a table with a DEFAULT partition.
    """
    execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    execute(queries.lock_events.sql)
    execute(f"SET LOCAL lock_timeout = '{VACUUM_TIMEOUT}'")
    for query in (queries.detach_partition, queries.rename_detached):
        execute(
            query.sql.format(
                partition=connection.ops.quote_name(month.name),
                detached=connection.ops.quote_name(f"pruned_{month.name}"),
            )
        )

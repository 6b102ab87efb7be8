"""Deleting old rows: a batch at a time, each in a transaction of its own that waits for nobody.

What was deleted stays deleted, so whoever is cut off goes on where it stopped, and two at once share the work.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction

from events.database import Row, execute, fetch_all, fetch_one, retried
from events.ids import lowest_id_at
from events.queries import queries
from events.settings.setting import Setting

logger = logging.getLogger(__name__)

#: Rows of one transaction: a thousand of the largest are deleted in well under a second.
BATCH = 1000


@dataclass(frozen=True)
class Age:
    """How old something becomes, as a setting says.

    Attributes:
        setting: a whole number of `unit`; not set: it is kept for ever.
        unit: "minutes", "hours" or "days".
        grace: is added, for what is read a moment after it has expired.
        limits: other settings of the same unit, whose ages it does not exceed.
    """

    setting: Setting[Any]
    unit: str
    grace: timedelta = timedelta(0)
    limits: tuple[Setting[Any], ...] = ()

    def value(self) -> timedelta | None:
        """The age at this moment; None: for ever."""
        numbers = [getattr(settings, each.name) for each in (self.setting, *self.limits)]
        known = [number for number in numbers if number is not None]
        return timedelta(**{self.unit: min(known)}) + self.grace if known else None

    def __str__(self) -> str:
        return f"{self.setting.default} {self.unit} (`{self.setting.name}`)"


class Expired:
    """The age of rows that say themselves when they expire."""

    def value(self) -> timedelta | None:
        """Nothing is added."""
        return timedelta(0)


@dataclass(frozen=True)
class Batch:
    """What one transaction deleted.

    Attributes:
        rows: how many rows.
        reached: the position from which on there may be more; None: there is nothing left that is free.
    """

    rows: int
    reached: object | None


class Pruning(Protocol):
    """Deletes what is too old in one table."""

    @property
    def table(self) -> str: ...

    @property
    def age(self) -> Age | Expired: ...

    @property
    def is_promise(self) -> bool:
        """Whether it stays for its age whatever an operator says."""

    def count(self, *, before: datetime) -> int:
        """How many rows are older than that."""

    def delete_batch(self, *, before: datetime, after: object | None) -> Batch:
        """Deletes the next rows that are older than that, within the caller's transaction."""


@dataclass(frozen=True)
class OldRows:
    """The usual pruning.

    Attributes:
        condition: of rows that may go, in SQL; `%(before)s` is the moment, `%(below)s` the lowest id of that moment.
        position: the column by which they are found, oldest first.
        uses: the index that serves that.
        columns: what `afterwards` wants to know of the rows.
        afterwards: called with the rows that were deleted, in their transaction.
    """

    table: str
    age: Age | Expired
    condition: str
    position: str
    uses: str
    is_promise: bool = False
    columns: str = "NULL"
    afterwards: Callable[[Sequence[Row]], None] | None = None

    def count(self, *, before: datetime) -> int:
        row = fetch_one(self._filled(queries.count_old_rows.sql), self._parameters(before))
        return row[0] if row else 0

    def delete_batch(self, *, before: datetime, after: object | None) -> Batch:
        rows = fetch_all(self.deletion, {**self._parameters(before), "after": after, "limit": BATCH})
        if self.afterwards is not None and rows:
            self.afterwards([row[1:] for row in rows])
        return Batch(len(rows), max(row[0] for row in rows) if len(rows) == BATCH else None)

    @property
    def deletion(self) -> str:
        """The statement that deletes a batch."""
        return self._filled(queries.delete_old_rows.sql)

    def _filled(self, query: str) -> str:
        return query.format(table=self.table, condition=self.condition, position=self.position, columns=self.columns)

    def _parameters(self, before: datetime) -> dict[str, object]:
        return {"before": before, "below": lowest_id_at(before)}


def horizon(pruning: Pruning, *, now: datetime, older_than: timedelta | None = None) -> datetime | None:
    """What is older than that moment goes; None: nothing does.

    Args:
        older_than: an operator's word: a lower age than the setting's.
    """
    ages = [pruning.age.value(), None if pruning.is_promise else older_than]
    known = [age for age in ages if age is not None]
    return now - min(known) if known else None


def delete_old(pruning: Pruning, *, before: datetime) -> Iterator[int]:
    """Deletes what is older; yields how many rows each transaction deleted."""
    after: object | None = None
    while True:
        batch = _delete_batch(pruning, before=before, after=after)
        yield batch.rows
        if batch.reached is None:
            return
        after = batch.reached


@retried
@transaction.atomic
def _delete_batch(pruning: Pruning, *, before: datetime, after: object | None) -> Batch:
    # Should a crash undo it, it is done again.
    execute("SET LOCAL synchronous_commit = off")
    return pruning.delete_batch(before=before, after=after)


def prune(prunings: Iterable[Pruning], *, now: datetime, seconds: float) -> Counter[str]:
    """Deletes what is too old, for that many seconds at most; returns how many rows of each table went.

    The tables take turns, so that none waits behind a large one.
    """
    end = time.monotonic() + seconds
    waiting = deque(
        (pruning.table, delete_old(pruning, before=before))
        for pruning in prunings
        if (before := horizon(pruning, now=now)) is not None
    )
    deleted: Counter[str] = Counter()
    while waiting and time.monotonic() < end:
        name, batches = waiting.popleft()
        rows = next(batches, None)
        if rows is not None:
            deleted[name] += rows
            waiting.append((name, batches))
    for name, rows in (+deleted).items():
        logger.info("Old rows were deleted.", extra={"action": "prune", "table": name, "rows": rows})
    return +deleted

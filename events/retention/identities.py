"""Forgetting identities of events, if DEDUPE_DAYS says so: then an event that is sent again counts again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from events.database import execute, fetch_all, fetch_one
from events.ids import lowest_id_at
from events.queries import queries
from events.retention.pruning import Age, Batch, Expired

#: Keys that are read by one transaction.
KEYS_AT_ONCE = 10_000
FIRST = uuid.UUID(int=0)


@dataclass(frozen=True)
class _Position:
    """Where a walk through all keys is. It begins anywhere, so that short walks together see all keys."""

    began: uuid.UUID
    at: uuid.UUID
    is_past_the_end: bool = False


@dataclass(frozen=True)
class OldIdentities:
    """Deletes dedupe keys by the age of the events that have them.

    It walks through the table by its key. An index by age would cost every event that comes in, and there is no hurry.
    """

    age: Age | Expired
    table: str = "dedupe_keys"
    is_promise: bool = False

    def count(self, *, before: datetime) -> int:
        row = fetch_one("SELECT count(*) FROM dedupe_keys WHERE event_id < %(below)s", {"below": lowest_id_at(before)})
        return row[0] if row else 0

    def delete_batch(self, *, before: datetime, after: object | None) -> Batch:
        position = after if isinstance(after, _Position) else _anywhere()
        keys = fetch_all(queries.dedupe_keys_after.sql, {"after": position.at, "limit": KEYS_AT_ONCE})
        if position.is_past_the_end:
            keys = [row for row in keys if row[0] < position.began]
        below = lowest_id_at(before)
        old = [row for row in keys if row[1] < below]
        if old:
            execute(
                queries.forget_dedupe_keys.sql, {"keys": [row[0] for row in old], "event_ids": [row[1] for row in old]}
            )
        return Batch(len(old), _next(position, keys[-1][0] if len(keys) == KEYS_AT_ONCE else None))


def _anywhere() -> _Position:
    began = uuid.uuid4()
    return _Position(began, began)


def _next(position: _Position, last: uuid.UUID | None) -> _Position | None:
    if last is not None:
        return _Position(position.began, uuid.UUID(int=last.int + 1), position.is_past_the_end)
    return None if position.is_past_the_end else _Position(position.began, FIRST, is_past_the_end=True)

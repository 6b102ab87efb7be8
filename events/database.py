"""Running the named queries of the `sql/` folders over Django's connection."""

from __future__ import annotations

from typing import Any

import psycopg2.errors
from django.db import OperationalError, connection
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

Row = tuple[Any, ...]
Parameters = dict[str, Any]

#: What PostgreSQL asks a client to try again (SQLSTATE class 40, and locks not had in time).
_TRY_AGAIN = (
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
)


def execute(query: str, parameters: Parameters | None = None) -> int:
    """Runs a statement; answers how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.rowcount)


def fetch_all(query: str, parameters: Parameters | None = None) -> list[Row]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def fetch_one(query: str, parameters: Parameters | None = None) -> Row | None:
    """The first row of a query, or None."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row: Row | None = cursor.fetchone()
        return row


def should_be_tried_again(error: BaseException) -> bool:
    """Whether a transaction failed by meeting another one, and may succeed if repeated."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, _TRY_AGAIN)


#: Repeats a whole transaction that met another one: three times, with random pauses that grow.
retried = retry(
    retry=retry_if_exception(should_be_tried_again),
    stop=stop_after_attempt(4),
    wait=wait_random_exponential(multiplier=0.05, max=1),
    reraise=True,
)

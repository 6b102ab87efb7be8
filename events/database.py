"""Running the named queries of the `sql/` folders over Django's connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2.errors
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

#: What PostgreSQL's absence raises, or an answer of it that takes too long.
DATABASE_AWAY = (OperationalError, InterfaceError)

Row = tuple[Any, ...]
Parameters = dict[str, Any]

#: What PostgreSQL asks a client to try again (SQLSTATE class 40, and locks not had in time).
_TRY_AGAIN = (
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
)


def array_literal(values: Sequence[object]) -> str:
    """A list as PostgreSQL reads an array: one constant, where psycopg2 writes an expression of a thousand constants.

    What is neither a whole number nor None goes as its text; the query says the array's type.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        joined = '","'.join(values)  # type: ignore[arg-type]
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join(map(_array_element, values)) + "}"


def _array_element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _as_sent(parameters: Parameters | None) -> Parameters | None:
    if parameters is None:
        return None
    return {name: array_literal(value) if isinstance(value, list) else value for name, value in parameters.items()}


@contextmanager
def checked_connection() -> Iterator[None]:
    """For work in a thread of ours: does with its database connection what Django does before and after a request."""
    close_old_connections()
    try:
        yield
    except DATABASE_AWAY:
        connection.close()
        raise


def execute(query: str, parameters: Parameters | None = None) -> int:
    """Runs a statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, _as_sent(parameters))
        return int(cursor.rowcount)


def fetch_all(query: str, parameters: Parameters | None = None) -> list[Row]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, _as_sent(parameters))
        return list(cursor.fetchall())


def fetch_one(query: str, parameters: Parameters | None = None) -> Row | None:
    """The first row of a query, or None."""
    with connection.cursor() as cursor:
        cursor.execute(query, _as_sent(parameters))
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

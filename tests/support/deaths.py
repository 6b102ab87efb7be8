"""A process that dies at a certain statement, and what is in the tables afterwards."""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.db import connection

from events.database import fetch_all

TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


class Died(BaseException):
    """The process is gone: what comes after does not happen, and PostgreSQL rolls back."""


def everything() -> dict[str, list[str]]:
    """All rows of all tables."""
    return {
        name: [row for (row,) in fetch_all(f"SELECT t::text FROM {name} AS t ORDER BY 1")]
        for (name,) in fetch_all(TABLES)
    }


def statements_of(operation: Callable[[], object]) -> list[str]:
    """The statements that the operation runs, in their order."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: object, many: bool, context: object) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        operation()
    return seen


def die_at_every_statement(operation: Callable[[], object]) -> tuple[list[str], dict[str, list[str]]]:
    """Lets the operation die before its first statement, its second …, until it gets to its end.

    Returns the statements at which it died, each of which must have left everything as it was, and what was there.
    """
    before = everything()
    died_at: list[str] = []
    for number in count():
        if not _dies_at(number, operation, died_at):
            return died_at, before
        assert everything() == before, f"a part of it has happened when it dies before\n{died_at[-1]}"
    raise AssertionError


def _dies_at(number: int, operation: Callable[[], object], died_at: list[str]) -> bool:
    seen = 0

    def die(execute: Callable[..., Any], sql: str, params: object, many: bool, context: object) -> Any:
        nonlocal seen
        if seen == number:
            died_at.append(sql)
            raise Died
        seen += 1
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(die):
            operation()
    except Died:
        connection.close()
        return True
    return False

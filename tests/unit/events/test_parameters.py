"""Query parameters and cursors."""

import pytest
from django.http import QueryDict

from events.api.parameters import page_of, read_cursor, read_limit, write_cursor
from events.exceptions import RequestProblem


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = write_cursor((5, "=&?ä"))
    query = QueryDict(mutable=True)
    query["cursor"] = cursor
    assert read_cursor(query, tuple[int, str]) == (5, "=&?ä")


@pytest.mark.parametrize("cursor", ["x", "é", "bnVsbA==", "WzEsMl0=", "' OR 1=1"])
def test_a_cursor_that_is_none(cursor: str) -> None:
    query = QueryDict(mutable=True)
    query["cursor"] = cursor
    with pytest.raises(RequestProblem) as raised:
        read_cursor(query, tuple[int, str])
    assert raised.value.field == "cursor"


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.0", "٣", "", "1" * 30])
def test_a_limit_that_is_none(limit: str) -> None:
    with pytest.raises(RequestProblem):
        read_limit(QueryDict(f"limit={limit}"))


def test_only_a_full_page_has_a_next_one() -> None:
    rows = [{"n": number} for number in range(3)]
    assert page_of(rows, 3, position_of=lambda row: row["n"])["next"] is None
    page = page_of(rows, 2, position_of=lambda row: row["n"])
    assert (page["results"], page["next"]) == (rows[:2], write_cursor(1))

"""Query parameters: read, checked, and complained about by name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.http import QueryDict

from events.exceptions import InvalidField, RequestProblem
from events.types.times import parse_time

T = TypeVar("T")
Document = dict[str, Any]

DEFAULT_LIMIT = 100
HIGHEST_LIMIT = 1000


def read_limit(query: QueryDict) -> int:
    """`limit`: how many rows a page has, 1 to 1,000, 100 by default."""
    return read_integer(query, "limit", default=DEFAULT_LIMIT, lowest=1, highest=HIGHEST_LIMIT)


def read_integer(query: QueryDict, name: str, *, default: int, lowest: int, highest: int) -> int:
    """An integer between two bounds; raises RequestProblem."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and lowest <= int(text) <= highest):
        raise wrong_parameter(name, text, f"an integer from {lowest} to {highest}")
    return int(text)


def read_text(query: QueryDict, name: str) -> str | None:
    """A text of at most 255 characters, or None; raises RequestProblem."""
    text = query.get(name)
    if text is not None and (not 1 <= len(text) <= 255 or "\0" in text):
        raise wrong_parameter(name, text, "a text of 1 to 255 characters")
    return text


def read_moment(query: QueryDict, name: str, *, now: datetime) -> datetime | None:
    """A moment in ISO 8601 or in Unix seconds, or None; raises RequestProblem."""
    text = query.get(name)
    if text is None:
        return None
    # A plus sign in a query means a space unless it is written %2B.
    value = text.replace(" ", "+") if text[-6:-5] == " " else text
    try:
        return parse_time(float(value) if _is_number(value) else value, field=name, received_at=now)
    except InvalidField as error:
        raise RequestProblem(error.message, code=error.code, field=name) from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdecimal() and len(text) < 20


def read_choice(query: QueryDict, name: str, choices: tuple[str, ...], *, default: str | None = None) -> str:
    """One of `choices`; raises RequestProblem."""
    text = query.get(name, default)
    if text not in choices:
        raise wrong_parameter(name, text, " or ".join(choices))
    return text


def read_cursor(query: QueryDict, shape: type[T]) -> T | None:
    """Where the page before ended, as `write_cursor` wrote it, or None; raises RequestProblem."""
    text = query.get("cursor")
    if text is None:
        return None
    try:
        position = base64.urlsafe_b64decode(text.encode("ascii"))
        if rb"\u0000" in position:
            raise ValueError  # PostgreSQL can't be asked for it
        return msgspec.json.decode(position, type=shape)
    except (ValueError, msgspec.MsgspecError):
        raise wrong_parameter("cursor", text, "the `next` of the page before, unchanged") from None


def write_cursor(position: object) -> str:
    """A position in a list as opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode()


def wrong_parameter(name: str, value: object, expected: str) -> RequestProblem:
    """The complaint about a query parameter."""
    return RequestProblem(f"{name} must be {expected}; {value!r:.80} is not.", code="invalid_parameter", field=name)


def page_of(rows: list[Document], limit: int, *, position_of: Callable[[Document], object]) -> Document:
    """One page: `results`, and `next`, the cursor of the page after, null on the last.

    Args:
        rows: one more than `limit`, if there are more.
        position_of: where a row stands in the list; the next page starts after the last row's.
    """
    results = rows[:limit]
    return {
        "results": results,
        "next": write_cursor(position_of(results[-1])) if len(rows) > limit else None,
    }

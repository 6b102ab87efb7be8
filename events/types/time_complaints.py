"""Which part of a mistyped time is wrong, in words."""

from __future__ import annotations

import calendar
import re
from typing import NamedTuple


class _Part(NamedTuple):
    name: str
    pattern: re.Pattern[str]
    lowest: int
    highest: int


def _part(name: str, pattern: str, lowest: int, highest: int) -> _Part:
    return _Part(name, re.compile(pattern, re.ASCII), lowest, highest)


_PARTS = (
    _part("year", r"(\d{4})", 1, 9999),
    _part("month", r"-(\d\d)", 1, 12),
    _part("day", r"-(\d\d)", 1, 31),
    _part("hour", r"[T ](\d\d)", 0, 23),
    _part("minute", r":(\d\d)", 0, 59),
    _part("second", r":(\d\d)", 0, 59),
)
_FRACTION = re.compile(r"[.,]\d+", re.ASCII)
_ZONE = re.compile(r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?$", re.ASCII)


def wrong_part(text: str) -> str:
    """Such as "its second is 67, and must be 0 to 59"; empty where it can't be told."""
    position = 0
    numbers: list[int] = []
    for part in _PARTS:
        match = part.pattern.match(text, position)
        if match is None:
            if part.name == "second" and _ZONE.match(text, position):
                break
            return _unread(part.name, text[position:]) if numbers else ""
        number, highest = int(match[1]), part.highest
        if part.name == "day":
            highest = calendar.monthrange(*numbers)[1]
        if not part.lowest <= number <= highest:
            return f"its {part.name} is {match[1]}, and must be {part.lowest} to {highest}"
        numbers.append(number)
        position = match.end()
    if fraction := _FRACTION.match(text, position):
        position = fraction.end()
    return "" if _ZONE.match(text, position) else _unread("zone", text[position:])


def _unread(name: str, rest: str) -> str:
    return f"its {name} can't be read in {rest!r:.20}" if rest else f"its {name} is missing"

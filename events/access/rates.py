"""How many events a key may send in how much time."""

from __future__ import annotations

import re
from typing import NamedTuple

#: As a key's limit is written, empty for none.
PATTERN = r"^([1-9][0-9]{0,8}/[smhd])?$"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Rate(NamedTuple):
    """Events in as many seconds."""

    events: int
    seconds: int


def read_rate(text: str) -> Rate | None:
    """`1000/s` as a rate, an empty text as none; raises ValueError for what is neither."""
    if not text:
        return None
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no rate")
    events, _, unit = text.partition("/")
    return Rate(int(events), _SECONDS[unit])

"""The time. Functions take `now` as a parameter; only the outermost layer asks the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This moment, aware and UTC."""
    return datetime.now(UTC)

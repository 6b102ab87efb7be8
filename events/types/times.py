"""Times as producers send them: ISO 8601 or Unix seconds, in; aware UTC, out."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from events.exceptions import InvalidField
from events.types.time_complaints import wrong_part

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: How far a producer's clock may be ahead of ours.
FUTURE_LIMIT = timedelta(hours=24)


def parse_time(value: str | float, *, field: str, received_at: datetime) -> datetime:
    """The moment that `value` names, aware and UTC, to the microsecond.

    Args:
        value: ISO 8601 (also with a space for the T; UTC where it names no zone), or seconds since 1970.
        field: the field's name, for the message.
        received_at: when the event came in.

    Raises:
        InvalidField: it names no moment of the years 1 to 9999, or one more than 24 hours ahead.
    """
    try:
        moment = moment_of(value)
    except (ValueError, OverflowError):
        wrong = wrong_part(value) if isinstance(value, str) else ""
        raise InvalidField(
            field,
            "invalid_time",
            f"{field} must be a moment such as 2026-01-31T12:00:00Z, or seconds since 1970; {value!r:.80} is not one"
            f"{wrong and ': '}{wrong}.",
        ) from None
    if moment > received_at + FUTURE_LIMIT:
        raise InvalidField(
            field,
            "in_the_future",
            f"{field} must not be more than 24 hours ahead of the time of receipt; {value!r:.80} is. Check the clock.",
        )
    return moment


def moment_of(value: str | float) -> datetime:
    """The moment that `value` names, however far ahead; raises ValueError or OverflowError if it names none."""
    return _from_text(value) if isinstance(value, str) else _from_seconds(value)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970: exact, and quick to compare."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    """The inverse of `microseconds`."""
    return EPOCH + timedelta(microseconds=value)


def _from_text(value: str) -> datetime:
    # fromisoformat takes the digits of every script; dates are written in ASCII. It also takes dates without a time.
    if not value.isascii() or len(value) < len("2026-01-31T12:00"):
        raise ValueError
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_seconds(value: float) -> datetime:
    if isinstance(value, int):
        return EPOCH + timedelta(seconds=value)
    if not math.isfinite(value):
        raise ValueError
    return EPOCH + timedelta(microseconds=round(value * 1_000_000))

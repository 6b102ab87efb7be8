"""Times as producers send them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.exceptions import InvalidField
from events.types.times import from_microseconds, microseconds, parse_time

NOW = datetime(2026, 2, 1, tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00",
        "2026-01-31T13:00:00+01:00",
        "2026-01-31T12:00",
        "20260131T120000.000000Z",
        1769860800,
        1769860800.0,
    ],
)
def test_one_moment_in_many_forms(value: str | float) -> None:
    assert parse_time(value, field="time", received_at=NOW) == NOON


@pytest.mark.parametrize(
    "value",
    [
        *("", "2026-01-31", "2026-02-30T12:00:00Z", "2026-01-31T12:00:61Z", "0000-01-01T00:00:00Z", "noon"),
        *("10000-01-01T00:00:00Z", "٢٠٢٦-01-31T12:00:00Z", "0001-01-01T00:00:00+14:00", float("1e308"), -(10**15)),
    ],
)
def test_no_moment(value: str | float) -> None:
    with pytest.raises(InvalidField) as raised:
        parse_time(value, field="created_at", received_at=NOW)
    assert (raised.value.field, raised.value.code) == ("created_at", "invalid_time")


def test_a_clock_may_be_a_day_ahead_and_no_more() -> None:
    assert parse_time((NOW + timedelta(hours=24)).isoformat(), field="time", received_at=NOW)
    with pytest.raises(InvalidField) as raised:
        parse_time((NOW + timedelta(hours=24, seconds=1)).isoformat(), field="time", received_at=NOW)
    assert raised.value.code == "in_the_future"


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(moment: datetime) -> None:
    assert from_microseconds(microseconds(moment)) == moment

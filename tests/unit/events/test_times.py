"""Times as producers send them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
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


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("2022-02-02T23:45:67.890+00:00", "its second is 67, and must be 0 to 59"),
        ("2022-02-02T23:45:60Z", "its second is 60, and must be 0 to 59"),
        ("2022-02-02 23:60:00", "its minute is 60, and must be 0 to 59"),
        ("2022-02-02T24:45:00Z", "its hour is 24, and must be 0 to 23"),
        ("2022-02-30T12:00:00Z", "its day is 30, and must be 1 to 28"),
        ("2022-13-01T12:00:00Z", "its month is 13, and must be 1 to 12"),
        ("0000-01-01T12:00:00Z", "its year is 0000, and must be 1 to 9999"),
        ("2022-1-10T12:34:56Z", "its month can't be read in '-1-10T12:34:56Z'"),
        ("2022-01-10T12:3456Z", "its second can't be read in '56Z'"),
        ("2022-01-10T1234:56Z", "its minute can't be read in '34:56Z'"),
        ("2022-01-10T12:34:56.789 UTC", "its zone can't be read in ' UTC'"),
        ("2022-01-10T12:34:56+25:00", "its zone can't be read in '+25:00'"),
        ("2022-01-10T12:34:O6Z", "its second can't be read in ':O6Z'"),
        ("2022-01-10", "its hour is missing"),
    ],
)
def test_a_typo_is_named(value: str, wrong: str) -> None:
    with pytest.raises(InvalidField) as raised:
        parse_time(value, field="created_at", received_at=NOW)
    assert raised.value.message.endswith(f"{value!r} is not one: {wrong}.")


@pytest.mark.parametrize("value", ["", "noon", 1e308, "0001-01-01T00:00:00+14:00"])
def test_where_no_part_is_to_blame_none_is_named(value: str | float) -> None:
    with pytest.raises(InvalidField, match=r"is not one\.$"):
        parse_time(value, field="created_at", received_at=NOW)


def test_a_clock_may_be_a_day_ahead_and_no_more() -> None:
    assert parse_time((NOW + timedelta(hours=24)).isoformat(), field="time", received_at=NOW)
    with pytest.raises(InvalidField) as raised:
        parse_time((NOW + timedelta(hours=24, seconds=1)).isoformat(), field="time", received_at=NOW)
    assert raised.value.code == "in_the_future"


@settings(suppress_health_check=[HealthCheck.too_slow])  # of the first examples, on a busy machine
@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(moment: datetime) -> None:
    assert from_microseconds(microseconds(moment)) == moment

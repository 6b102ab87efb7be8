from pathlib import Path

import pytest

from events.systems.ads.validator import Outcome, validate_files
from tests.support.ads import SAMPLE, Row, Validation, read_csv, seen, served


@pytest.fixture
def validation(tmp_path: Path) -> Validation:
    return Validation(tmp_path)


def test_the_sample_gives_the_expected_file_byte_for_byte(tmp_path: Path) -> None:
    out = tmp_path / "validated_events.csv"
    outcome = validate_files(serving=SAMPLE / "serving_events.csv", user=SAMPLE / "user_events.csv", out=out)
    assert out.read_bytes() == (SAMPLE / "validated_events.csv").read_bytes()
    assert outcome == Outcome(valid=2, dropped={"not_after": 1, "other_user": 1, "repeated": 1}, unreadable={})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("9:00", "10:00"),
        ("9:59", "10:00"),
        ("09:00", "9:01"),
        ("0:00", "23:59"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"),
        ("2026-01-31T12:00:00", "2026-01-31T12:00:01Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:01Z"),
        ("2026-01-31T12:00:00+0200", "2026-01-31 10:01"),
        ("2026-01-31T23:59:59.999999-01:00", "2026-02-01T01:00:00+00"),
        ("2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.500001Z"),
        ("1969-12-31T23:59:59Z", "1970-01-01"),
    ],
)
def test_times_are_compared_as_times(validation: Validation, before: str, after: str) -> None:
    outcome = validation.of_rows(
        [served("early", before), served("late", after)],
        [
            seen("follows", after, "early"),
            seen("precedes", before, "late"),
            seen("equal", before, "early", eventType="click"),
        ],
    )
    assert validation.valid_ids() == ["follows"]
    assert validation.reasons() == {"precedes": "not_after", "equal": "not_after"}
    assert outcome.dropped == {"not_after": 2}
    # Written as it came.
    assert read_csv(validation.out)[0]["eventTimestamp"] == after


@pytest.mark.parametrize(("one", "other"), [("9:00", "09:00"), ("2026-01-31T12:00+02:00", "2026-01-31T10:00:00.000Z")])
def test_times_written_differently_may_be_equal(validation: Validation, one: str, other: str) -> None:
    validation.of_rows([served("ad", one)], [seen("same", other, "ad")])
    assert validation.reasons() == {"same": "not_after"}


@pytest.mark.parametrize(
    "time", ["24:00", "9:60", "009:00", "9", "noon", "2026-02-30T00:00", "infinity", "٩:٠٠", " 9:30", ""]
)
def test_what_is_no_time_is_dropped(validation: Validation, time: str) -> None:
    validation.of_rows([served("ad", "0:01"), served("odd", time)], [seen("x", time, "ad"), seen("y", "10:00", "odd")])
    assert validation.reasons() == {"x": "unreadable_time", "y": "times_not_comparable"}
    assert validation.valid_ids() == []


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (seen("x", "11:00", "ad", eventType="conversion"), "not_a_user_event"),
        (seen("x", "11:00", ""), "not_a_user_event"),
        (seen("", "11:00", "ad"), "not_a_user_event"),
        (seen("x", "11:00", "none"), "unknown_parent"),
        (seen("x", "11:00", "ad", user="bob"), "other_user"),
        (seen("x", "2026-01-31T11:00Z", "ad"), "times_not_comparable"),
        (seen("x", "10:00", "ad"), "not_after"),
        (seen("x", "10:30", "ad"), "repeated"),
    ],
)
def test_a_dropped_event_comes_with_its_reason(validation: Validation, event: Row, reason: str) -> None:
    outcome = validation.of_rows([served("ad", "10:00")], [event, seen("first", "10:15", "ad")])
    assert validation.valid_ids() == ["first"]
    assert outcome == Outcome(valid=1, dropped={reason: 1}, unreadable={})
    assert read_csv(validation.rejected) == [event | {"reason": reason}]


def test_of_two_earliest_at_one_time_the_first_by_event_id_counts(validation: Validation) -> None:
    user = [
        seen(event_id, time, "ad") for event_id, time in [("c", "9:30"), ("b", "09:30"), ("a", "9:31"), ("d", "9:30")]
    ]
    for order in (user, user[::-1]):
        validation.of_rows([served("ad", "9:00")], order)
        assert validation.valid_ids() == ["b"]


def test_impressions_and_clicks_count_apart_and_serving_events_lend_their_price(validation: Validation) -> None:
    validation.of_rows(
        [served("ad", "9:00", advertiserId="shoes", price="12", deviceId="tv"), served("free", "9:00", price="")],
        [
            seen("click", "9:02", "ad", eventType="click", price="1", advertiserId="hats", deviceId="watch"),
            seen("impression", "9:01", "ad"),
            seen("unpaid", "9:01", "free", price="99"),
        ],
    )
    assert [
        (row["eventId"], row["advertiserId"], row["deviceId"], row["price"]) for row in read_csv(validation.out)
    ] == [
        ("click", "shoes", "watch", "12"),
        ("impression", "shoes", "phone", "12"),
        ("unpaid", "adv", "phone", ""),
    ]


def test_the_earliest_of_several_serving_events_of_one_id_and_user_is_the_one(validation: Validation) -> None:
    validation.of_rows(
        [served("ad", "9:30", price="3"), served("ad", "9:00", price="1"), served("ad", "8:00", user="bob", price="2")],
        [seen("early", "9:15", "ad"), seen("bob's", "9:10", "ad", user="bob", eventType="click")],
    )
    assert [(row["eventId"], row["price"]) for row in read_csv(validation.out)] == [("early", "1"), ("bob's", "2")]


@pytest.mark.parametrize(
    "text", ["a,b", 'say "no"', "two\nlines", "two\r\nlines", "a\rb", "#", "été", " x ", "NULL", "\\N", "''"]
)
def test_any_value_comes_through(validation: Validation, text: str) -> None:
    validation.of_rows(
        [served(text, "9:00", user=text, advertiserId=text, price=text)],
        [seen("x", "9:01", text, user=text, deviceId=text), seen("y", "9:02", text, user=text, deviceId=text)],
    )
    (valid,), (dropped,) = read_csv(validation.out), read_csv(validation.rejected)
    assert valid == seen("x", "9:01", text, user=text, deviceId=text, advertiserId=text, price=text)
    assert dropped == seen("y", "9:02", text, user=text, deviceId=text) | {"reason": "repeated"}


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1-", "@x", "\tx", "\x7fx", "\x85x", "'=1", "''=1"])
def test_formulas_stay_neutralised_and_match_what_is_not(validation: Validation, text: str) -> None:
    # A file that Tidemark wrote, and one that came from elsewhere.
    validation.of_rows([served(f"'{text}", "9:00", price=f"'{text}")], [seen("x", "9:01", f"'{text}")])
    (valid,) = read_csv(validation.out)
    assert (valid["parentEventId"], valid["price"]) == (f"'{text}", f"'{text}")


def test_a_plain_number_stays_as_it_is(validation: Validation) -> None:
    validation.of_rows([served("-5", "9:00", price="-1.50")], [seen("x", "9:01", "-5", deviceId="+1e3")])
    (valid,) = read_csv(validation.out)
    assert (valid["parentEventId"], valid["price"], valid["deviceId"]) == ("-5", "-1.50", "+1e3")


def test_a_formula_from_elsewhere_is_neutralised(validation: Validation) -> None:
    validation.of_rows([served("-5-", "9:00", price="=1+1")], [seen("x", "9:01", "-5-"), seen("y", "9:01", "'-5-")])
    (valid,), (dropped,) = read_csv(validation.out), read_csv(validation.rejected)
    assert (valid["parentEventId"], valid["price"]) == ("'-5-", "'=1+1")
    assert (dropped["eventId"], dropped["reason"]) == ("y", "repeated")

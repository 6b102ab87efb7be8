"""One item at a time: an event as its type declares it, or the first thing that is wrong with it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from events.exceptions import InvalidField
from events.intake.validation import UnsupportedItem, validate
from events.records import EventRecord, decode_payload, encode_payload

NOW = datetime(2026, 2, 1, tzinfo=UTC)
ID = "019a0000-0000-7000-8000-000000000001"


def validated(event: dict[str, Any], type_name: str | None = "heartbeat") -> EventRecord:
    """The record of a valid event."""
    record = validate(json.dumps(event).encode(), event_id=ID, received_at=NOW, type_name=type_name)
    assert isinstance(record, EventRecord)
    return record


def test_a_heartbeat_as_a_record_and_back() -> None:
    record = validated({"user": "ann", "slug": "alien", "at": 5, "id": 7, "time": "2026-01-31T12:00:00Z", "x": [1]})
    assert (record.user, record.item, record.type) == ("ann", "alien", "heartbeat")
    assert record.time == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert json.loads(bytes(record.data))["x"] == [1]
    assert decode_payload(encode_payload([record, record])) == [record, record]


def test_without_a_time_it_happened_when_it_was_received() -> None:
    assert validated({"user": "ann", "slug": "alien", "at": 5}).time == NOW


def test_identity_is_type_id_and_the_time_that_was_sent() -> None:
    beat = {"user": "ann", "slug": "alien", "at": 5}
    key = validated(beat | {"id": 7}).dedupe_key
    assert key is not None
    assert key == validated(beat | {"id": "7", "at": 6}).dedupe_key
    assert key != validated(beat | {"id": 7, "time": "2026-01-31T12:00:00Z"}).dedupe_key
    assert validated(beat).dedupe_key is None


def test_a_type_that_is_null_is_as_good_as_absent() -> None:
    assert validated({"user": "ann", "slug": "alien", "at": 5, "type": None}).type == "heartbeat"


def test_an_unknown_type_is_unsupported() -> None:
    item = validate(b'{"type": "mystery", "x": 1}', event_id=ID, received_at=NOW, type_name=None)
    assert item == UnsupportedItem("mystery", b'{"type": "mystery", "x": 1}')


@pytest.mark.parametrize(
    ("raw", "field", "code", "words"),
    [
        (b'{"user": "a", "slug": "b"}', "at", "required", "at is missing"),
        (b'{"user": "a", "slug": "b", "at": -1}', "at", "out_of_range", "it is -1"),
        (b'{"user": "a", "slug": "b", "at": "ten"}', "at", "wrong_type", '"ten"'),
        (b'{"user": "", "slug": "b", "at": 1}', "user", "wrong_length", "1 to 255"),
        (b'{"type": 5}', "type", "invalid_type_name", "5"),
        (b'{"user": "a"}', "type", "required", "heartbeat"),
        (b'{"user": "a", "type": null}', "type", "required", "heartbeat"),
        # the last one of a name counts, and yet none may be wrong: not all who read it take the last
        (b'{"user": "a", "slug": "b", "at": "x", "at": 1}', "at", "repeated", "more than once"),
        (b'{"user": "a", "slug": "b", "at": "x", "at": 1, "note": 1}', "at", "repeated", "more than once"),
        (b'{"type": "a b"}', "type", "invalid_type_name", "a b"),
        (b"[1]", "", "", "object"),
    ],
)
def test_complaints_name_the_field_the_value_and_the_cure(raw: bytes, field: str, code: str, words: str) -> None:
    type_name = "heartbeat" if b"slug" in raw else None
    with pytest.raises(InvalidField) as raised:
        validate(raw, event_id=ID, received_at=NOW, type_name=type_name)
    assert raised.value.field == field
    assert raised.value.code == code or not code
    assert words in raised.value.message

"""One item of a request as a validated event, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from events.conf import conf
from events.exceptions import InvalidField
from events.intake.cloudevents import MARK, find_cloudevent
from events.intake.complaints import as_invalid_field
from events.intake.type_names import check_type_name, type_of
from events.records import EventRecord
from events.types.base import EventData, EventType
from events.types.registry import find_type
from events.types.times import microseconds

#: What a JSON object may hold, so that storing and showing it stays cheap.
MOST_KEYS = 1000
MOST_LEVELS = 32


@dataclass(frozen=True)
class UnsupportedItem:
    """An event of a type that is not known (yet)."""

    type: str
    raw: bytes


def validate(
    raw: bytes,
    *,
    event_id: str,
    received_at: datetime,
    type_name: str | None,
    owner: str | None = None,
    is_cloudevent: bool = False,
) -> EventRecord | UnsupportedItem:
    """Checks one item against the declaration of its type.

    Args:
        raw: its JSON.
        event_id: the id it will have.
        received_at: when its request came in.
        type_name: the type, where the route says it; None where the event does.
        owner: whose ids it is known by; None: those of all who have no key.
        is_cloudevent: whether the request says that it is one; others are known by their `specversion`.

    Raises:
        InvalidField: the first thing that is wrong with it.
    """
    if len(raw) > conf.MAX_EVENT_BYTES:
        raise InvalidField("", "too_large", f"The event has {len(raw)} bytes; {conf.MAX_EVENT_BYTES} are the most.")
    cloudevent = find_cloudevent(raw, must_be=is_cloudevent) if is_cloudevent or MARK in raw else None
    if cloudevent is not None:
        name = check_type_name(cloudevent.type)
        _require_type(name, type_name)
    else:
        name = type_of(raw) if type_name is None else type_name
    declared = find_type(name)
    if declared is None:
        check_free_json(_decode_object(raw))
        return UnsupportedItem(name, raw)
    plain = declared.as_declared(raw) if cloudevent is None else cloudevent.as_plain(declared)
    data = _decode_data(plain, declared)
    _require_type(data.type, declared.name)
    data.check()
    time = declared.time_of(data, received_at=received_at)
    return EventRecord(
        id=event_id,
        type=declared.name,
        user=declared.user_of(data),
        item=declared.item_of(data),
        time_us=microseconds(time or received_at),
        dedupe_key=(
            declared.dedupe_key_of(data, time, owner=owner)
            if cloudevent is None
            else declared.dedupe_key(*cloudevent.identity, time=time, owner=owner)
        ),
        data=msgspec.Raw(plain),
    )


def _require_type(name: str | None, expected: str | None) -> None:
    if name is None or expected is None or name == expected:
        return
    declared = find_type(name)
    if declared is None or declared is not find_type(expected):
        raise InvalidField(
            "type", "type_mismatch", f"type is {name!r:.80}, but this route takes events of type {expected} only."
        )


def _decode_data(raw: bytes, declared: EventType) -> EventData:
    """The event's data; quick where it has the declared fields only, as most have."""
    refusal: msgspec.MsgspecError | None = None
    if b"\\u0000" not in raw:
        try:
            return declared.decode(raw)
        except msgspec.MsgspecError as error:
            refusal = error  # the event is wrong, or has fields of its own: the careful way tells
    try:
        fields = _decode_object(raw)
    except InvalidField:
        if refusal is not None:
            complaint = as_invalid_field(refusal, raw, descriptions=declared.field_descriptions)
            if complaint.field:
                raise complaint from None
        raise
    check_free_json(fields)
    try:
        return declared.decode_known(raw)
    except msgspec.ValidationError as error:
        complaint = as_invalid_field(error, raw, descriptions=declared.field_descriptions)
        raise _repeated(fields, complaint, declared) or complaint from None


def _repeated(fields: dict[str, object], complaint: InvalidField, declared: EventType) -> InvalidField | None:
    """A better complaint about a name that an object has twice, and that is wrong only in a place that JSON readers
    such as PostgreSQL pass over."""
    known = {name: value for name, value in fields.items() if name in declared.schema.__struct_fields__}
    try:
        declared.convert(known)
    except msgspec.ValidationError:
        return None
    message = f"{complaint.field} stands in the event more than once, and is not always valid; send it once."
    return InvalidField(complaint.field, "repeated", message)


def _decode_object(raw: bytes) -> dict[str, object]:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise as_invalid_field(error, raw) from None
    if not isinstance(value, dict):
        raise InvalidField("", "not_an_object", f"An event must be a JSON object; {value!r:.80} is not.")
    return value


def check_free_json(value: object, *, field: str = "", level: int = 0) -> None:
    """Checks what no declaration speaks of: that it can be stored and shown.

    Raises:
        InvalidField: U+0000 in a text, more than MOST_KEYS keys in an object, or more than MOST_LEVELS levels.
    """
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidField(field, "nul_character", f"{field or 'The event'} holds the character U+0000; remove it.")
    elif isinstance(value, dict | list):
        if level == MOST_LEVELS:
            raise InvalidField(field, "too_deep", f"The event is nested more than {MOST_LEVELS} levels deep.")
        if len(value) > MOST_KEYS and isinstance(value, dict):
            raise InvalidField(field, "too_many_keys", f"An object has {len(value)} keys; {MOST_KEYS} are the most.")
        for name, part in _parts(value):
            if "\0" in name:
                raise InvalidField(field, "nul_character", "The name of a field holds the character U+0000; remove it.")
            check_free_json(part, field=f"{field}.{name}" if field else name, level=level + 1)


def _parts(value: dict[str, object] | list[object]) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        return value.items()
    return ((str(position), part) for position, part in enumerate(value))

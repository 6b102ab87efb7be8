"""One item of a request as a validated event, or the reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from events.conf import conf
from events.exceptions import InvalidField
from events.intake.cloudevents import MARK, find_cloudevent
from events.intake.complaints import as_invalid_field
from events.records import EventRecord
from events.types.base import EventData, EventType
from events.types.registry import event_types
from events.types.times import microseconds

TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:\-]{0,99}")
#: What a JSON object may hold, so that storing and showing it stays cheap.
MOST_KEYS = 1000
MOST_LEVELS = 32


@dataclass(frozen=True)
class UnsupportedItem:
    """An event of a type that is not known (yet)."""

    type: str
    raw: bytes


class _TypeProbe(msgspec.Struct):
    type: object | msgspec.UnsetType = msgspec.UNSET


_probe = msgspec.json.Decoder(_TypeProbe)


def validate(
    raw: bytes, *, event_id: str, received_at: datetime, type_name: str | None, is_cloudevent: bool = False
) -> EventRecord | UnsupportedItem:
    """Checks one item against the declaration of its type.

    Args:
        raw: its JSON.
        event_id: the id it will have.
        received_at: when its request came in.
        type_name: the type, where the route says it; None where the event does.
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
        name = _type_of(raw) if type_name is None else type_name
    declared = event_types.find(name)
    if declared is None:
        check_free_json(_decode_object(raw))
        return UnsupportedItem(name, raw)
    plain = raw if cloudevent is None else cloudevent.as_plain(declared)
    data = _decode_data(plain, declared)
    _require_type(data.type, name)
    data.check()
    time = declared.time_of(data, received_at=received_at)
    return EventRecord(
        id=event_id,
        type=name,
        user=declared.user_of(data),
        item=declared.item_of(data),
        time_us=microseconds(time or received_at),
        dedupe_key=(
            declared.dedupe_key_of(data, time)
            if cloudevent is None
            else declared.dedupe_key(*cloudevent.identity, time=time)
        ),
        data=msgspec.Raw(plain),
    )


def _require_type(name: str | None, expected: str | None) -> None:
    if name is not None and expected is not None and name != expected:
        raise InvalidField(
            "type", "type_mismatch", f"type is {name!r:.80}, but this route takes events of type {expected} only."
        )


def check_type_name(name: object) -> str:
    """The name of a type, if it can be one; raises InvalidField."""
    if not isinstance(name, str) or not TYPE_NAME.fullmatch(name):
        known = ", ".join(event_types.keys())
        raise InvalidField(
            "type",
            "invalid_type_name",
            f"type must be a name of 1 to 100 letters, digits and _ . : -; {name!r:.80} is not. Known types: {known}.",
        )
    return name


def _type_of(raw: bytes) -> str:
    try:
        name = _probe.decode(raw).type
    except msgspec.MsgspecError as error:
        raise as_invalid_field(error, raw) from None
    if name is msgspec.UNSET:
        known = ", ".join(event_types.keys())
        raise InvalidField(
            "type", "required", f"type is missing; say what kind of event this is. Known types: {known}."
        )
    return check_type_name(name)


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
    known = {name: value for name, value in fields.items() if name in declared.schema.__struct_fields__}
    try:
        return declared.convert(known)
    except msgspec.ValidationError as error:
        raise as_invalid_field(error, raw, descriptions=declared.field_descriptions) from None


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

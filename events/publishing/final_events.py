"""An event in its final form, as the event log and the live feed show it: one JSON object on one line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from events.records import EventRecord
from events.types.base import EventType
from events.types.registry import event_types

_encoder = msgspec.json.Encoder()


def final_lines(records: Sequence[EventRecord]) -> list[bytes]:
    """One line an event, without its line break.

    Keys: what the event is known by (identity, user, item), its type, the other fields of its declaration, and what
    enrichment added. What the producer left out is left out; fields of the producer's own are not shown.
    """
    return [_line(record) for record in records]


def _line(record: EventRecord) -> bytes:
    line = _encoder.encode(_shape_of(record.type).decode(record.data))
    # Values are copied as they came. Only an object or an array can hold a line break between its parts.
    return _encoder.encode(msgspec.json.decode(line)) if b"\n" in line else line


@cache
def _shape_of(type_name: str) -> msgspec.json.Decoder[Any]:
    """Decodes an event's data into its final form, without looking into the values."""
    declared = event_types.get(type_name)
    names = _names_in_order(declared)
    copied = msgspec.Raw | msgspec.UnsetType
    shape = msgspec.defstruct(
        f"final_{type_name}",
        [("type", str, type_name) if name == "type" else (name, copied, msgspec.UNSET) for name in names],
    )
    return msgspec.json.Decoder(shape)


def _names_in_order(declared: EventType) -> list[str]:
    known_by = [name for name in (declared.identity, declared.user, declared.item) if name]
    return list(dict.fromkeys([*known_by, "type", *declared.schema.__struct_fields__]))

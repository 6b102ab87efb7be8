"""Events in their final form, as the event log and the live feed show them: one JSON object a line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec

from events.enrichers.base import enrichers
from events.records import EventRecord
from events.types.base import EventType
from events.types.registry import event_types

_encoder = msgspec.json.Encoder()

#: An event in its final form: keys and values, those of the producer as they were written.
FinalEvent: TypeAlias = msgspec.Struct | dict[str, object]


def final_forms(records: Sequence[EventRecord]) -> list[FinalEvent]:
    """What is shown of each event.

    Keys: what it is known by (identity, user, item), its type, the other fields of its declaration, and what
    enrichment added. What the producer left out is left out; fields of the producer's own are not shown.
    """
    decode = {name: _form_of(name).decode for name in {record.type for record in records}}
    return [decode[record.type](record.data) if record.enrichment is None else _enriched(record) for record in records]


def _enriched(record: EventRecord) -> FinalEvent:
    form = msgspec.structs.asdict(_form_of(record.type).decode(record.data))
    hidden = _hidden(record.type)
    added = {name: value for name, value in (record.enrichment or {}).items() if name not in hidden}
    return {name: value for name, value in form.items() if value is not msgspec.UNSET} | added


def as_lines(events: Sequence[FinalEvent]) -> bytes:
    """The events' JSON, each ended by a line break."""
    lines = _encoder.encode_lines(events)
    if lines.count(b"\n") == len(events):
        return lines
    # Values are copied as they came, and an object or an array may hold line breaks between its parts.
    return _encoder.encode_lines([msgspec.json.decode(_encoder.encode(event)) for event in events])


@cache
def _form_of(type_name: str) -> msgspec.json.Decoder[Any]:
    """Decodes an event's data into its final form, without looking into the values."""
    declared = event_types.get(type_name)
    copied = msgspec.Raw | msgspec.UnsetType
    form = msgspec.defstruct(
        f"final_{type_name}",
        [("type", str, type_name) if name == "type" else (name, copied, msgspec.UNSET) for name in _names(declared)],
        gc=False,  # it holds texts only, so the garbage collector need not look at thousands of them
    )
    return msgspec.json.Decoder(form)


def _names(declared: EventType) -> list[str]:
    first = (declared.identity, declared.user, declared.item, "type")
    last = declared.time
    others = (name for name in declared.schema.__struct_fields__ if name != last)
    return [name for name in dict.fromkeys((*first, *others, last)) if name is not None]


@cache
def _hidden(type_name: str) -> frozenset[str]:
    """What enrichers keep with an event for those who ask for it by name."""
    wanted = (enrichers.get(name) for name in event_types.get(type_name).enrichers)
    return frozenset(name for enricher in wanted for name in enricher.kept_apart)

"""Events in their final form, as the event log and the live feed show them: one JSON object a line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from events.enrichment.enricher import enrichers
from events.publishing.drops import DropReason, Drops
from events.records import EventRecord
from events.types.base import EventType
from events.types.registry import event_types

_encoder = msgspec.json.Encoder()


def final_lines(records: Sequence[EventRecord], drops: Drops) -> list[bytes]:
    """Each event's final form: its JSON, ended by a line break. Empty for one that has none, which is dropped.

    Keys: those that the type says (`shown`), else what it is known by (identity, user, item), its type and the other
    fields of its declaration; and what enrichment added. What the producer left out is left out; other fields of the
    producer's own are not shown.
    """
    return drops.isolate(records, _lines, DropReason.FINAL_FORM, instead=[b""])


def _lines(records: Sequence[EventRecord]) -> list[bytes]:
    forms = _forms(records)
    lines = _encoder.encode_lines(forms).splitlines(keepends=True)
    if len(lines) == len(forms):
        return lines
    # Values are copied as they came, and an object or an array may hold line breaks between its parts.
    return [_encoder.encode(msgspec.json.decode(_encoder.encode(form))) + b"\n" for form in forms]


def _forms(records: Sequence[EventRecord]) -> list[msgspec.Struct | dict[str, object]]:
    decode = {name: _form_of(name).decode for name in {record.type for record in records}}
    forms = [decode[record.type](record.data) for record in records]
    for record, form in zip(records, forms, strict=True):
        if form.type != record.type:  # null, or in another spelling
            form.type = record.type
    return [
        form if record.enrichment is None else _enriched(record, form)
        for record, form in zip(records, forms, strict=True)
    ]


def _enriched(record: EventRecord, form: msgspec.Struct) -> dict[str, object]:
    hidden = _hidden(record.type)
    added = {name: value for name, value in (record.enrichment or {}).items() if name not in hidden}
    return {name: value for name, value in msgspec.structs.asdict(form).items() if value is not msgspec.UNSET} | added


@cache
def _form_of(type_name: str) -> msgspec.json.Decoder[Any]:
    """Decodes an event's data into its final form, without looking into the values."""
    declared = event_types.get(type_name)
    copied = msgspec.Raw | msgspec.UnsetType
    form = msgspec.defstruct(
        f"final_{type_name}",
        [
            ("type", str | None, type_name) if name == "type" else (name, copied, msgspec.UNSET)
            for name in _names(declared)
        ],
        gc=False,  # it holds texts only, so the garbage collector need not look at thousands of them
    )
    return msgspec.json.Decoder(form)


def _names(declared: EventType) -> Sequence[str]:
    if declared.shown:
        return declared.shown
    first = (declared.identity, declared.user, declared.item, "type")
    last = declared.time
    others = (name for name in declared.schema.__struct_fields__ if name != last)
    return [name for name in dict.fromkeys((*first, *others, last)) if name is not None]


@cache
def _hidden(type_name: str) -> frozenset[str]:
    """What enrichers keep with an event for those who ask for it by name."""
    wanted = (enrichers.get(name) for name in event_types.get(type_name).enrichers)
    return frozenset(name for enricher in wanted for name in enricher.kept_apart)

"""An accepted event as it travels through the pipeline: alone in the inbox, with others in a chunk's payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.types.times import from_microseconds


class EventRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A validated event: what its type's declaration found out about it, and its data as it came.

    It holds texts and numbers only, so the garbage collector need not look at it.

    Attributes:
        id: UUIDv7 in its usual text form.
        type: name of the event type.
        user: whose event it is.
        item: what it is about, if anything.
        time_us: when it happened, in microseconds since 1970 (UTC).
        dedupe_key: 32 hex digits shared by repetitions of this event, or None.
        data: the JSON object that the producer sent.
        enrichment: what the enrich step added: `{field: value}`, and under `partial` what it could not; None before.
    """

    id: str
    type: str
    user: str
    item: str | None
    time_us: int
    dedupe_key: str | None
    data: msgspec.Raw
    enrichment: dict[str, Any] | None = None

    @property
    def time(self) -> datetime:
        """When it happened, aware and UTC."""
        return from_microseconds(self.time_us)

    @property
    def order(self) -> tuple[int, str]:
        """By event time, then by arrival: the one order events are counted in."""
        return (self.time_us, self.id)


_encoder = msgspec.json.Encoder()
_one = msgspec.json.Decoder(EventRecord)
_many = msgspec.json.Decoder(list[EventRecord])


def encode_record(record: EventRecord) -> str:
    """One record as text."""
    return _encoder.encode(record).decode()


def decode_record(payload: str) -> EventRecord:
    """The inverse of `encode_record`."""
    return _one.decode(payload)


def encode_payload(records: Sequence[EventRecord]) -> str:
    """A chunk's records as text."""
    return _encoder.encode(records).decode()


def join_payload(encoded_records: Sequence[str]) -> str:
    """The same out of records that are encoded already."""
    return f"[{','.join(encoded_records)}]"


def decode_payload(payload: str) -> list[EventRecord]:
    """The inverse of `encode_payload`."""
    return _many.decode(payload)


_enrichments = msgspec.json.Decoder(dict[str, dict[str, Any]])


def encode_enrichment(encoded_by_id: Mapping[str, bytes]) -> str:
    """What was added to a chunk's events, each encoded already, by event id, as text."""
    return _encoder.encode({event_id: msgspec.Raw(encoded) for event_id, encoded in encoded_by_id.items()}).decode()


def with_enrichment(records: Sequence[EventRecord], enrichment: str) -> list[EventRecord]:
    """The records together with what `encode_enrichment` wrote for them."""
    by_id = _enrichments.decode(enrichment)
    return [
        msgspec.structs.replace(record, enrichment=by_id[record.id]) if record.id in by_id else record
        for record in records
    ]

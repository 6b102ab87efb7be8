"""What the outside world may see of events, read from PostgreSQL."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from events.database import fetch_all, fetch_one
from events.ids import received_at
from events.queries import queries
from events.records import EventRecord, decode_record, with_enrichment

Document = dict[str, Any]


def find_event(event_id: uuid.UUID) -> Document | None:
    """One event with its state, wherever it is; None if there is none of that id.

    Keys: `id`, `state`, `type`, `received_at`; as far as they are known `user`, `time`, `data`, `enrichment`; of a
    duplicate `duplicate_of`, of a failed one `failure` with `step`, `code`, `field` and `message`.
    """
    row = fetch_one(queries.find_event.sql, {"id": event_id, "id_text": str(event_id)})
    if row is None:
        return None
    state, type_name, user, time, data, enrichment, original_id, failure, record, chunk_enrichment, _ = row
    if record is not None:
        return _document_of_record(_decoded(record, chunk_enrichment), state="pending")
    document: Document = {
        "id": str(event_id),
        "type": type_name,
        "state": state,
        "user": user,
        "time": time,
        "received_at": received_at(event_id),
        "duplicate_of": original_id,
        "failure": raw_json(failure),
        "data": raw_json(data),
        "enrichment": raw_json(enrichment),
    }
    return {name: value for name, value in document.items() if value is not None}


def list_events(
    *, type_name: str | None, user: str | None, lowest: uuid.UUID, below: uuid.UUID, limit: int
) -> list[Document]:
    """Stored events with ids from `lowest` to before `below`, newest first."""
    rows = fetch_all(
        queries.list_events.sql, {"type": type_name, "user": user, "lowest": lowest, "below": below, "limit": limit}
    )
    return [
        {
            "id": event_id,
            "type": name,
            "state": state,
            "user": user_key,
            "time": time,
            "received_at": received_at(uuid.UUID(event_id)),
            "data": raw_json(data),
            "enrichment": raw_json(enrichment),
        }
        for event_id, name, user_key, time, data, enrichment, state in rows
    ]


def raw_json(stored: str | None) -> msgspec.Raw | None:
    """JSON as PostgreSQL gives it, to be put into an answer as it is."""
    return None if stored is None else msgspec.Raw(stored.encode())


def _decoded(record: str, enrichment: str | None) -> EventRecord:
    """A pending event's record, with what is in its chunk's enrichment for it."""
    decoded = decode_record(record)
    return decoded if enrichment is None else with_enrichment([decoded], enrichment)[0]


def _document_of_record(record: EventRecord, *, state: str) -> Document:
    document: Document = {
        "id": record.id,
        "type": record.type,
        "state": state,
        "user": record.user,
        "time": record.time,
        "received_at": received_at(uuid.UUID(record.id)),
        "data": record.data,
        "enrichment": record.enrichment,
    }
    return {name: value for name, value in document.items() if value is not None}


def unsupported_types() -> list[tuple[str, int, str | None]]:
    """The types of events that are kept because they were not known: name, number of events, the newest one's JSON.

    Those that are not counted by name come together, without an example.
    """
    return [(name, count, payload) for name, count, payload in fetch_all(queries.unsupported_by_type.sql)]

"""Second step: find the duplicates, store the others."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from django.db import connection, transaction

from events.database import execute, fetch_all
from events.enrichment.fill_in import note_partial
from events.pipeline import chunks
from events.pipeline.leased_chunk import LeasedChunk
from events.queries import queries
from events.records import EventRecord
from events.states import PERSIST
from events.types.times import from_microseconds

_COPY = "COPY events (id, type, user_key, item_key, time, chunk_id, data, enrichment) FROM STDIN"
_NULL = "\\N"
#: COPY's text format: these characters mean something.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")


def persist(chunk: LeasedChunk, *, now: datetime) -> LeasedChunk:
    """Stores the chunk's events that are new, each once, together with the identities that make them so."""
    records = chunk.records()
    with transaction.atomic():
        chunks.lock(chunk)
        originals = claim_identities(records)
        duplicates = [position for position, record in enumerate(records) if record.id in originals]
        if duplicates:
            _keep_duplicates([records[position] for position in duplicates], originals)
        new = [record for record in records if record.id not in originals]
        store(new, chunk_id=chunk.id)
        note_partial(new, now=now)
        chunks.advance(chunk, to=PERSIST.reaches, now=now, duplicates=duplicates)
    return chunk.with_duplicates(duplicates)


def claim_identities(records: Sequence[EventRecord]) -> dict[str, str]:
    """Finds the duplicates: `{id of a duplicate: id of the event it repeats}`.

    Identities no one had yet belong to the first event here that has them. An event that finds itself as the owner
    (it was stored, failed later and is replayed) is no duplicate.
    """
    first: dict[str, str] = {}
    for record in records:
        if record.dedupe_key is not None:
            first.setdefault(record.dedupe_key, record.id)
    if not first:
        return {}
    keys = sorted(first)
    claimed = execute(queries.insert_dedupe_keys.sql, {"keys": keys, "event_ids": [first[key] for key in keys]})
    if claimed < len(keys):
        first.update(fetch_all(queries.owners_of_dedupe_keys.sql, {"keys": keys}))
    return {
        record.id: first[record.dedupe_key]
        for record in records
        if record.dedupe_key is not None and first[record.dedupe_key] != record.id
    }


def claim_identity(key: str, event_id: str) -> str:
    """Claims one identity for an event within the caller's transaction; returns the id of the event that has it.

    Waits for a transaction that is claiming the same identity. The persist step finds the claim and leaves it.
    """
    if execute(queries.insert_dedupe_keys.sql, {"keys": [key], "event_ids": [event_id]}):
        return event_id
    ((_, owner_id),) = fetch_all(queries.owners_of_dedupe_keys.sql, {"keys": [key]})
    return str(owner_id)


def store(records: Sequence[EventRecord], *, chunk_id: int) -> None:
    """Writes the events into the events table by COPY."""
    if not records:
        return
    lines = "".join(_copy_line(record, chunk_id) for record in records)
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY, io.StringIO(lines))


def _copy_line(record: EventRecord, chunk_id: int) -> str:
    seconds, microseconds = divmod(record.time_us, 1_000_000)
    time = f"{_second(seconds)}.{microseconds:06d}+00"
    user, item, data = record.user, record.item or "", bytes(record.data).decode()
    added = "" if record.enrichment is None else msgspec.json.encode(record.enrichment).decode()
    # Few texts need it, and looking for what would costs a fifth of translating.
    if _SPECIAL.search(f"{user}{item}{data}{added}"):
        user, item, data, added = (text.translate(_ESCAPES) for text in (user, item, data, added))
    if record.item is None:
        item = _NULL
    return f"{record.id}\t{record.type}\t{user}\t{item}\t{time}\t{chunk_id}\t{data}\t{added or _NULL}\n"


@lru_cache(maxsize=10_000)
def _second(seconds: int) -> str:
    """A moment to the second, in UTC; the events of a chunk share few."""
    return from_microseconds(seconds * 1_000_000).replace(tzinfo=None).isoformat(" ")


def _keep_duplicates(records: Sequence[EventRecord], originals: dict[str, str]) -> None:
    execute(
        queries.insert_duplicates.sql,
        {
            "ids": [record.id for record in records],
            "types": [record.type for record in records],
            "originals": [originals[record.id] for record in records],
        },
    )

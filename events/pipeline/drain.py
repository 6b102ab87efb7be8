"""The drain: makes chunks of the events that were posted one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from events.conf import conf
from events.database import Row, fetch_all
from events.enrichment.engine import services_of, waits_for
from events.pipeline import chunks, dispatch
from events.queries import queries
from events.records import EventRecord, decode_record, join_payload
from events.states import ChunkState

#: After a drain that found several events the next one waits this long per event found, up to the limit: the busier
#: the intake, the larger the chunks. An event that comes alone is not kept waiting.
PAUSE_SECONDS_PER_EVENT = 0.002
LONGEST_PAUSE_SECONDS = 0.3


def drain(*, now: datetime) -> int:
    """Makes chunks of what is in the inbox, up to a chunk's size, and dispatches them; returns how many events it had.

    Events leave the inbox in the transaction that puts them into a chunk.
    """
    dispatch.drain_begins()
    with transaction.atomic():
        rows = fetch_all(queries.claim_inbox.sql, {"limit": conf.CHUNK_SIZE})
        made = [
            _make_chunk(alike, services=services_of(names), now=now)
            for names, alike in _by_what_they_wait_for(rows).items()
        ]
    for chunk_id, services in made:
        dispatch.dispatch_chunk(chunk_id, ChunkState.ACCEPTED, services)
    if len(rows) == conf.CHUNK_SIZE:
        dispatch.dispatch_drain(after_seconds=0)
    elif len(rows) > 1:
        dispatch.dispatch_drain(after_seconds=min(len(rows) * PAUSE_SECONDS_PER_EVENT, LONGEST_PAUSE_SECONDS))
    return len(rows)


def _by_what_they_wait_for(rows: Sequence[Row]) -> dict[tuple[str, ...], list[tuple[EventRecord, str]]]:
    """The events in the order of their ids, each decoded and as it came."""
    groups: dict[tuple[str, ...], list[tuple[EventRecord, str]]] = defaultdict(list)
    for _, _, encoded in sorted(rows):
        record = decode_record(encoded)
        groups[waits_for(record)].append((record, encoded))
    return groups


def _make_chunk(
    events: Sequence[tuple[EventRecord, str]], *, services: Sequence[str], now: datetime
) -> tuple[int, Sequence[str]]:
    """The chunk's id, and its services."""
    records, encoded = zip(*events, strict=True)
    return chunks.create(records, services=services, now=now, payload=join_payload(encoded)), services

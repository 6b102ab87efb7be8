"""The drain: makes chunks of the events that were posted one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from events.conf import conf
from events.database import Row, fetch_all
from events.models import ChunkState
from events.pipeline import announce, chunks
from events.queries import queries
from events.records import decode_record, join_payload
from events.types.registry import event_types

#: After a drain that found several events the next one waits this long per event found, up to the limit: the busier
#: the intake, the larger the chunks. An event that comes alone is not kept waiting.
PAUSE_SECONDS_PER_EVENT = 0.001
LONGEST_PAUSE_SECONDS = 0.1


def drain(*, now: datetime) -> int:
    """Makes chunks of what is in the inbox, up to a chunk's size, and announces them; answers how many events it found.

    Events leave the inbox in the transaction that puts them into a chunk.
    """
    announce.drain_begins()
    with transaction.atomic():
        rows = fetch_all(queries.claim_inbox.sql, {"limit": conf.CHUNK_SIZE})
        made = [_make_chunk(alike, now=now) for alike in _by_what_they_wait_for(rows)]
    for chunk_id in made:
        announce.publish(chunk_id, ChunkState.ACCEPTED)
    if len(rows) == conf.CHUNK_SIZE:
        announce.publish_drain(after_seconds=0)
    elif len(rows) > 1:
        announce.publish_drain(after_seconds=min(len(rows) * PAUSE_SECONDS_PER_EVENT, LONGEST_PAUSE_SECONDS))
    return len(rows)


def _by_what_they_wait_for(rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows):
        declared = event_types.find(row[1])
        groups[declared.enrichers if declared else ()].append(row)
    return list(groups.values())


def _make_chunk(rows: Sequence[Row], *, now: datetime) -> int:
    encoded = [record for _, _, record in rows]
    return chunks.create([decode_record(one) for one in encoded], now=now, payload=join_payload(encoded))

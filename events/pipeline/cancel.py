"""Cancelling an operation: what is not persisted yet is dropped; what is goes on."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from events.database import execute, fetch_all, fetch_one, retried
from events.pipeline import tallies
from events.queries import queries
from events.records import EventRecord, decode_payload
from events.states import UNPERSISTED

logger = logging.getLogger(__name__)


@retried
def cancel_operation(operation_id: uuid.UUID, *, now: datetime) -> int:
    """Drops the operation's events that are not persisted; returns how many. Waits for steps that are committing.

    A worker that is looking things up for one of the chunks finds its lease lost. Locks: chunks, dedupe keys,
    operation, tallies.
    """
    wanted = {"operation_id": operation_id, "states": list(UNPERSISTED)}
    types: list[str] = []
    replayed: list[EventRecord] = []
    with transaction.atomic():
        # Again until nothing is left: a chunk that was being taken apart has become several, which taking it can't see.
        while fetch_one(queries.has_chunks_in.sql, wanted):
            for was_replayed, payload in fetch_all(queries.take_chunks_in.sql, wanted):
                records = decode_payload(payload)
                types += [record.type for record in records]
                replayed += records if was_replayed else ()
        if replayed:
            _forget_identities(replayed)
        if types:
            execute(
                queries.settle_in_operation.sql,
                {
                    "id": operation_id,
                    "handled": 0,
                    # Replayed events stand there as failed since they failed first.
                    "failed": -len(replayed),
                    "duplicate": 0,
                    "cancelled": len(types),
                    "now": now,
                },
            )
            tallies.add(cancelled=types)
    logger.info("An operation was cancelled.", extra={"operation": str(operation_id), "rows": len(types)})
    return len(types)


def _forget_identities(records: Sequence[EventRecord]) -> None:
    """An event that failed after it was stored has kept its identity; sent again, it is new."""
    identified = [record for record in records if record.dedupe_key is not None]
    execute(
        queries.forget_dedupe_keys.sql,
        {
            "keys": [record.dedupe_key for record in identified],
            "event_ids": [record.id for record in identified],
        },
    )

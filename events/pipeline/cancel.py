"""Cancelling an operation: what is not persisted yet is dropped; what is goes on."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

from django.db import transaction

from events.database import execute, fetch_all, retried
from events.pipeline import tallies
from events.queries import queries
from events.records import decode_payload

logger = logging.getLogger(__name__)


@retried
def cancel_operation(operation_id: uuid.UUID, *, now: datetime) -> int:
    """Drops the operation's events that are not persisted; answers how many. Waits for steps that are committing.

    A worker that is looking things up for one of the chunks finds its lease lost. Locks: chunks, operation, tallies.
    """
    types: list[str] = []
    replayed = 0
    with transaction.atomic():
        # Again until nothing is left: a chunk that was being taken apart has become several.
        while taken := fetch_all(queries.take_unpersisted_chunks.sql, {"operation_id": operation_id}):
            for was_replayed, payload in taken:
                of_chunk = [record.type for record in decode_payload(payload)]
                types += of_chunk
                replayed += len(of_chunk) if was_replayed else 0
        if types:
            execute(
                queries.settle_in_operation.sql,
                {
                    "id": operation_id,
                    "handled": 0,
                    # Replayed events stand there as failed since they failed first.
                    "failed": -replayed,
                    "duplicate": 0,
                    "cancelled": len(types),
                    "now": now,
                },
            )
            tallies.add(cancelled=types)
    logger.info("An operation was cancelled.", extra={"operation": str(operation_id), "rows": len(types)})
    return len(types)

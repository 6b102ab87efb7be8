"""The inbox, where events that were posted alone wait for a drain."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from events.database import execute
from events.pipeline.dispatch import dispatcher
from events.queries import queries
from events.records import EventRecord, encode_record


def insert_events(records: Sequence[EventRecord]) -> None:
    """Commits events, all or none; in the transaction that is open, if one is."""
    columns = {
        "ids": [record.id for record in records],
        "types": [record.type for record in records],
        "records": [encode_record(record) for record in records],
    }
    execute(queries.insert_inbox_events.sql, columns)
    transaction.on_commit(dispatcher.drain)

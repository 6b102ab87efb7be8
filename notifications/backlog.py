"""Events that were accepted and are not processed: a push that is due waits for those of its user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from events.database import fetch_all
from events.ids import lowest_id_at
from events.records import EventRecord, decode_payload, decode_record
from notifications.queries import queries

#: Inbox rows and chunks that are looked into at most; behind more of them, everybody waits.
MOST_ROWS = 500


def users_with_backlog(due_by_user: Mapping[str, datetime], types: Sequence[str]) -> set[str]:
    """Those of the users of whom an event of these types, accepted before the user's moment, is not processed yet.

    One statement sees each event exactly once: in the inbox, in a chunk, or processed.
    """
    bound = lowest_id_at(max(due_by_user.values()))
    rows = fetch_all(queries.unprocessed_events.sql, {"bound": bound, "types": list(types), "limit": MOST_ROWS})
    if len(rows) == MOST_ROWS:
        return set(due_by_user)
    bounds = {user: str(lowest_id_at(due)) for user, due in due_by_user.items()}
    return {
        record.user
        for (payload,) in rows
        for record in _records(payload)
        if record.type in types and record.user in bounds and record.id < bounds[record.user]
    }


def _records(payload: str) -> list[EventRecord]:
    """An inbox row is one record, a chunk's payload an array of them."""
    return decode_payload(payload) if payload.startswith("[[") else [decode_record(payload)]

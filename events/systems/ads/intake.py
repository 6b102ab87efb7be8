"""What becomes of one event that a client of the old ad collector sends."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from events.exceptions import NothingAcceptable
from events.intake.accept import accept_one
from events.models import InboxEvent
from events.pipeline.persist import claim_identity
from events.reading import find_event
from events.records import decode_record
from events.systems.ads.columns import COLUMNS

REQUIRED = ("eventId", "eventTimestamp")
#: By eventType; an event with another one, or with none, can only be a serving event.
_TYPES = {"impression": "ad_impression", "click": "ad_click"}
_SERVING = "ad_serving"


class Outcome(enum.Enum):
    """What the client is told, in the words that it expects."""

    SAVED = "event saved"
    DUPLICATE = "duplicate event"
    INCOMPLETE = "Invalid event, both eventId and eventTimestamp must have values"
    UNPARSABLE = "unparsable event"


def collect_event(raw: bytes, *, owner: str | None, now: datetime) -> Outcome:
    """Commits the event, or keeps it among the failed events with the reason.

    Args:
        raw: the event as a JSON object.
        owner: whose eventIds it is known by; None: those of all who have no key.
        now: when the request came in.

    Returns:
        DUPLICATE if the eventId is known with other content. With the same content it is SAVED, and counts once.
    """
    sent = _fields_of(raw)
    type_name = _TYPES.get(str(sent.get("eventType")), _SERVING)
    with transaction.atomic():
        try:
            event_id = accept_one(raw, type_name=type_name, now=now, owner=owner, keep_rejected=True)
        except NothingAcceptable:
            return Outcome.UNPARSABLE if all(sent.get(name) for name in REQUIRED) else Outcome.INCOMPLETE
        record = decode_record(InboxEvent.objects.get(id=event_id).record)
        assert record.dedupe_key is not None
        # Whoever sends the same eventId at this moment waits here for this transaction to end.
        owner_id = claim_identity(record.dedupe_key, event_id)
        is_known = owner_id != event_id and not _has_content(owner_id, _fields_of(record.data))
    return Outcome.DUPLICATE if is_known else Outcome.SAVED


def _has_content(event_id: str, fields: Mapping[str, Any]) -> bool:
    """Whether a stored or pending event has these fields; one that is not there any more is taken to have them."""
    event = find_event(uuid.UUID(event_id))
    if event is None or "data" not in event:
        return True
    return _cells(_fields_of(msgspec.json.encode(event["data"]))) == _cells(fields)


def _fields_of(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    """The fields of an object; none if it is none."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _cells(fields: Mapping[str, Any]) -> list[str]:
    return [str(fields.get(column) or "") for column in COLUMNS]

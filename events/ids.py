"""Ids of events: UUIDv7, so an id tells when its event was received, and a range of ids is a range of time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import uuid_utils


def new_ids(count: int) -> list[str]:
    """That many new ids, rising in the order of the list, also within one millisecond."""
    return [str(uuid_utils.uuid7()) for _ in range(count)]


def received_at(event_id: uuid.UUID) -> datetime:
    """When the event of that id was received, aware and UTC, to the millisecond."""
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)


def lowest_id_at(moment: datetime) -> uuid.UUID:
    """The lowest id an event received at that moment, or later, may have."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=max(0, milliseconds) << 80)

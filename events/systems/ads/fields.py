"""What the ad system's events share. Field names are those of its clients."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.types.base import EventData, Identity

Text = Annotated[str, msgspec.Meta(max_length=255, description="text of at most 255 characters, may be empty")]


class AdEvent(EventData, frozen=True, kw_only=True):
    """Parent of the ad events. `eventTimestamp` is data: their time is when they were received."""

    eventId: Identity
    eventTimestamp: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=255,
            description="text of 1 to 255 characters: H:MM or HH:MM of one day, or ISO 8601; kept as it comes",
            examples=["10:05", "2026-01-31T12:00:00Z"],
        ),
    ]
    userId: Text | int = ""
    advertiserId: Text | int | None = None
    deviceId: Text | int | None = None
    price: Text | int | float | None = None

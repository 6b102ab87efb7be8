"""The heartbeat of a movie player: how far into a movie a user is."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.types.base import EventData, Identity, Key, Timestamp
from events.types.registry import event_type

#: 68 years: totals of 4 billion heartbeats still fit 64 bits.
LONGEST_SECONDS = 2**31 - 1


@event_type(
    "heartbeat",
    user="user",
    item="slug",
    time="time",
    identity="id",
    example={"user": "carol", "slug": "dunes", "at": 90},
)
class Heartbeat(EventData, frozen=True):
    """A player's sign of life: the user is `at` seconds into the movie."""

    user: Key
    slug: Key
    at: Annotated[
        int,
        msgspec.Meta(ge=0, le=LONGEST_SECONDS, description="seconds into the movie, a whole number from 0"),
    ]
    id: Identity | None = None
    time: Timestamp | None = None

"""Playback of a video: who watched what from when to when, on which device."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.clock import utc_now
from events.exceptions import InvalidField
from events.types.base import EventData, Identity, Key, Timestamp
from events.types.registry import event_type
from events.types.times import parse_time


@event_type(
    "playback",
    user="user_id",
    item="video_id",
    time="start_at",
    identity="id",
    enrichers=("region", "model"),
    example={
        "id": 1,
        "user_id": "carol",
        "video_id": "dunes",
        "start_at": "2026-01-31T12:00:00Z",
        "stop_at": "2026-01-31T12:01:30Z",
        "bitrate_kbps": 2500,
        "device_type": "Android: Pixel 9 Pro",
        "error_code": None,
    },
)
class Playback(EventData, frozen=True):
    """A played interval of a video."""

    id: Identity
    user_id: Key
    video_id: Key
    start_at: Timestamp
    stop_at: Timestamp
    bitrate_kbps: Annotated[
        int, msgspec.Meta(ge=0, le=2**31 - 1, description="kilobits per second, a whole number from 0")
    ]
    device_type: Key
    error_code: Annotated[str, msgspec.Meta(max_length=255, description="null, or text of up to 255 characters")] | None

    def check(self) -> None:
        """It must not stop before it starts."""
        now = utc_now()
        start = parse_time(self.start_at, field="start_at", received_at=now)
        stop = parse_time(self.stop_at, field="stop_at", received_at=now)
        if stop < start:
            raise InvalidField(
                "stop_at",
                "before_start",
                f"stop_at must not be before start_at; {self.stop_at!r} is before {self.start_at!r}.",
            )

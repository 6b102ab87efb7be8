"""The fitness app was opened."""

from __future__ import annotations

from events.systems.fitness.fields import LAUNCH_SPELLINGS
from events.types.base import EventData, Identity, Key, Timestamp
from events.types.registry import event_type


@event_type(
    "app_launch",
    user="user_id",
    time="time_stamp",
    identity="id",
    spellings=LAUNCH_SPELLINGS,
    example={"user_id": "foo1", "device_id": "bar1", "time_stamp": "2026-01-31 12:00:00"},
)
class AppLaunch(EventData, frozen=True):
    """A user opened the fitness app on a device."""

    user_id: Key
    device_id: Key
    time_stamp: Timestamp
    id: Identity | None = None

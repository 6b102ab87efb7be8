"""The fitness app was opened."""

from __future__ import annotations

from events.types.base import EventData, Identity, Key, Timestamp, event_type


@event_type("app_launch", user="user_id", time="time_stamp", identity="id")
class AppLaunch(EventData, frozen=True):
    """A user opened the fitness app on a device."""

    user_id: Key
    device_id: Key
    time_stamp: Timestamp
    id: Identity | None = None

"""What events say about a pair of user and movie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from events.types.times import moment_of
from watchtime.policies import Key, Observation

SECOND = timedelta(seconds=1)


class _Heartbeat(msgspec.Struct):
    at: int


_decode_heartbeat = msgspec.json.Decoder(_Heartbeat).decode


def _of_heartbeat(key: Key, data: bytes | str | msgspec.Raw) -> Observation:
    return Observation(key, at=_decode_heartbeat(data).at)


class _Playback(msgspec.Struct):
    start_at: str | int | float
    stop_at: str | int | float


_decode_playback = msgspec.json.Decoder(_Playback).decode


def _of_playback(key: Key, data: bytes | str | msgspec.Raw) -> Observation:
    """A played interval: whole seconds, rounded down."""
    interval = _decode_playback(data)
    return Observation(key, at=None, played=(moment_of(interval.stop_at) - moment_of(interval.start_at)) // SECOND)


#: How an event of each type is read. The event's user and item are the pair.
READERS: dict[str, Callable[[Key, bytes | str | msgspec.Raw], Observation]] = {
    "heartbeat": _of_heartbeat,
    "playback": _of_playback,
}

#: The event types that carry watch time, and those of them that say where in the movie a user is.
TYPES = tuple(READERS)
HEARTBEATS = ("heartbeat",)


def observation_of(event_type: str, key: Key, data: bytes | str | msgspec.Raw) -> Observation:
    """What an event of one of TYPES says; `data` is its JSON object."""
    return READERS[event_type](key, data)

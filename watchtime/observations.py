"""What events say about a pair of user and movie."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from watchtime.policies import Key, Observation


class _Heartbeat(msgspec.Struct):
    at: int


_decode_heartbeat = msgspec.json.Decoder(_Heartbeat).decode


def _of_heartbeat(key: Key, data: bytes | str | msgspec.Raw) -> Observation:
    return Observation(key, at=_decode_heartbeat(data).at)


#: How an event of each type is read. The event's user and item are the pair.
READERS: dict[str, Callable[[Key, bytes | str | msgspec.Raw], Observation]] = {
    "heartbeat": _of_heartbeat,
}

#: The event types that carry watch time.
TYPES = tuple(READERS)


def observation_of(event_type: str, key: Key, data: bytes | str | msgspec.Raw) -> Observation:
    """What an event of one of TYPES says; `data` is its JSON object."""
    return READERS[event_type](key, data)

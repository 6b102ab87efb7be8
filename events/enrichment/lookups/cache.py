"""The results of a service, shared by all workers.

Redis keys of this module:

    tidemark:lookup:<service>:<key>  string, JSON: `{"moment", "value"}`, or `{"moment"}` of a key that the service does
                                     not know; the moment in seconds since 1970. Expires with the time to live, which
                                     is one for hits and another for unknowns. Failures are not kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from events.enrichment.lookups.redis_client import if_redis_answers
from events.enrichment.lookups.source import Found, Unknown
from events.storable import encode_storable


class _Entry(msgspec.Struct):
    moment: float
    value: Any | msgspec.UnsetType = msgspec.UNSET

    @property
    def result(self) -> Found | Unknown:
        return Unknown() if self.value is msgspec.UNSET else Found(self.value)


_decode = msgspec.json.Decoder(_Entry).decode


class ResultCache:
    """The results of one service. While Redis is away nothing is known.

    Args:
        service: its name.
        hit_seconds: how long a found value may serve.
        unknown_seconds: how long "unknown" may serve.
    """

    def __init__(self, service: str, *, hit_seconds: float, unknown_seconds: float) -> None:
        self._prefix = f"tidemark:lookup:{service}:"
        self._hit_seconds = hit_seconds
        self._unknown_seconds = unknown_seconds

    def read(self, keys: Sequence[str]) -> dict[str, Found | Unknown]:
        """The results that are known, and young enough at this moment."""
        names = [self._prefix + key for key in keys]
        texts: list[Any] = if_redis_answers(lambda client: client.mget(names), otherwise=[])
        now = time.time()
        known = {}
        for key, text in zip(keys, texts, strict=bool(texts)):
            try:
                entry = _decode(text) if text else None
            except msgspec.MsgspecError:
                continue  # nothing that we wrote
            # Redis may have been slow: what had a moment left when it was read may have none by now.
            if entry is not None and now - entry.moment <= self._seconds(entry.result):
                known[key] = entry.result
        return known

    def write(self, key: str, result: Found | Unknown) -> None:
        """Keeps a result; raises NotStorable for a value that is not JSON."""
        value = result.value if isinstance(result, Found) else msgspec.UNSET
        text = encode_storable(_Entry(time.time(), value))
        milliseconds = int(self._seconds(result) * 1000)
        if milliseconds:
            if_redis_answers(lambda client: client.set(self._prefix + key, text, px=milliseconds), otherwise=None)

    def _seconds(self, result: Found | Unknown) -> float:
        return self._hit_seconds if isinstance(result, Found) else self._unknown_seconds

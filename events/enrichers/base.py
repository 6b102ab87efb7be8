"""What an enricher is: it adds something to events that takes a look-up outside of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from events.records import EventRecord
from events.registry import Registry


class Enricher(Protocol):
    """One enricher. Event types name the ones they want."""

    def enrich(self, records: Sequence[EventRecord]) -> Mapping[str, Mapping[str, object]]:
        """What to add to each event, by event id: `{event id: {field: value}}`."""


enrichers: Registry[Enricher] = Registry("enricher", "events.enrichers")

"""The region of an event's user."""

from __future__ import annotations

from collections.abc import Mapping

from events.enrichers.base import Enricher, EventInHand, Found, Unknown, enrichers
from events.enrichers.client import as_answer, enrich_client
from events.lookups.service import Service


class RegionService(Service):
    """Knows where users live."""

    name = "region"

    def call(self, key: str) -> Found | Unknown:
        """Asks for the region of a user."""
        return as_answer(enrich_client().get_region(key))


class AddRegion(Enricher):
    """Adds `region`: a text, null where the service does not know the user."""

    name = "region"
    source = RegionService()

    def key_of(self, event: EventInHand) -> str | None:
        """The user."""
        return event.record.user

    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        """The region as it was answered."""
        return {"region": answer.value if isinstance(answer, Found) else None}


enrichers.add(AddRegion.name, AddRegion())

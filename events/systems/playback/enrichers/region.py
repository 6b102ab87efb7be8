"""The region of an event's user."""

from __future__ import annotations

from collections.abc import Mapping

from events.enrichment.enricher import Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.service import Service
from events.enrichment.lookups.source import Found, Unknown
from events.systems.playback.client import EnrichClient, as_result, enrich_client


class RegionService(Service):
    """Knows where users live.

    Args:
        client: who is asked; None: the client of the settings, whose results all workers share.
    """

    name = "region"
    setting = "REGION_URL"

    def __init__(self, client: EnrichClient | None = None) -> None:
        super().__init__(shared=client is None)
        self._client = client

    def call(self, key: str) -> Found | Unknown:
        """Asks for the region of a user."""
        return as_result((self._client or enrich_client()).get_region(key))


class AddRegion(Enricher):
    """Adds `region`: a text, null where the service does not know the user."""

    name = "region"
    source = RegionService()

    def key_of(self, event: EventToEnrich) -> str | None:
        """The user."""
        return event.record.user

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """The region as the service names it."""
        return {"region": result.value if isinstance(result, Found) else None}


enrichers.add(AddRegion.name, AddRegion())

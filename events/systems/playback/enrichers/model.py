"""The model of an event's device."""

from __future__ import annotations

from collections.abc import Mapping

from events.enrichment.enricher import Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.service import Service
from events.enrichment.lookups.source import Found, Unknown
from events.systems.playback.client import EnrichClient, as_result, enrich_client


class ModelService(Service):
    """Knows devices.

    Args:
        client: who is asked; None: the client of the settings, whose results all workers share.
    """

    name = "model"
    setting = "MODEL_URL"

    def __init__(self, client: EnrichClient | None = None) -> None:
        super().__init__(shared=client is None)
        self._client = client

    def call(self, key: str) -> Found | Unknown:
        """Asks for the model of a device type."""
        return as_result((self._client or enrich_client()).get_model(key))


class AddModel(Enricher):
    """Adds `model`: a text, null where the service does not know the device type."""

    name = "model"
    source = ModelService()

    def key_of(self, event: EventToEnrich) -> str | None:
        """The field `device_type`."""
        device_type = event.data.get("device_type")
        return device_type if isinstance(device_type, str) else None

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """The model as the service names it."""
        return {"model": result.value if isinstance(result, Found) else None}


enrichers.add(AddModel.name, AddModel())

"""The model of an event's device."""

from __future__ import annotations

from collections.abc import Mapping

from events.enrichers.base import Enricher, EventInHand, Found, Unknown, enrichers
from events.enrichers.client import as_answer, enrich_client
from events.lookups.service import Service


class ModelService(Service):
    """Knows devices."""

    name = "model"

    def call(self, key: str) -> Found | Unknown:
        """Asks for the model of a device type."""
        return as_answer(enrich_client().get_model(key))


class AddModel(Enricher):
    """Adds `model`: a text, null where the service does not know the device type."""

    name = "model"
    source = ModelService()

    def key_of(self, event: EventInHand) -> str | None:
        """The field `device_type`."""
        device_type = event.data.get("device_type")
        return device_type if isinstance(device_type, str) else None

    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        """The model as it was answered."""
        return {"model": answer.value if isinstance(answer, Found) else None}


enrichers.add(AddModel.name, AddModel())

"""Where regions and models are asked for: over HTTP, or through a class of the operator's own (ENRICH_CLIENT)."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast
from urllib.parse import quote

import msgspec
from django.utils.module_loading import import_string

from events.enrichment.lookups.failures import LookupFailed
from events.enrichment.lookups.http import HttpClient
from events.enrichment.lookups.source import Found, Unknown
from events.systems.playback.conf import conf

LONGEST_TEXT = 255


class EnrichClient(Protocol):
    """What a client offers. It is made once a process, without arguments, and called by many threads at once.

    Both return a text of 1 to 255 characters, or None for what the service does not know. Whatever they raise is a
    failed call: it is tried again, and counts for the circuit breaker. They should not take longer than
    LOOKUP_TIMEOUT_SECONDS.
    """

    def get_region(self, user_id: str) -> str | None:
        """The region of a user."""

    def get_model(self, device_type: str) -> str | None:
        """The model of a device type."""


class HttpEnrichClient:
    """Asks REGION_URL and MODEL_URL."""

    def __init__(self) -> None:
        self._regions = HttpClient("the region service", conf.REGION_URL or "")
        self._models = HttpClient("the model service", conf.MODEL_URL or "")

    def get_region(self, user_id: str) -> str | None:
        """`{"region": …}` of a user."""
        return _get(self._regions, str(conf.REGION_URL), "{user_id}", user_id, field="region")

    def get_model(self, device_type: str) -> str | None:
        """`{"model": …}` of a device type."""
        return _get(self._models, str(conf.MODEL_URL), "{device_type}", device_type, field="model")


@cache
def enrich_client() -> EnrichClient:
    """The client that the settings name."""
    made = import_string(conf.ENRICH_CLIENT)() if conf.ENRICH_CLIENT else HttpEnrichClient()
    return cast(EnrichClient, made)


def as_result(text: object) -> Found | Unknown:
    """What a client returned; raises LookupFailed if it is not what a client may return."""
    if text is None:
        return Unknown()
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT or "\0" in text:
        raise LookupFailed(f"the service answered {text!r:.80}; a text of 1 to {LONGEST_TEXT} characters was expected")
    return Found(text)


def _get(client: HttpClient, template: str, placeholder: str, key: str, *, field: str) -> str | None:
    document = client.get_json(template.replace(placeholder, quote(key, safe="")))
    if document is None:
        return None
    if not isinstance(document, dict) or not isinstance(document.get(field), str):
        raise LookupFailed(
            f"the service answered {msgspec.json.encode(document)[:80]!r}; a text {field!r} was expected"
        )
    text: str = document[field]
    return text

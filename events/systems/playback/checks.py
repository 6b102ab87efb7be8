"""Django system checks of the playback collector's settings."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from events.systems.playback.conf import conf


@register()
def check_enrich_client(**_: Any) -> list[CheckMessage]:
    """ENRICH_CLIENT names a class with the methods of `events.systems.playback.client.EnrichClient`."""
    name = conf.ENRICH_CLIENT
    if name is None:
        return []
    try:
        client = import_string(name)
    except ImportError as error:
        return [Error(f"ENRICH_CLIENT is {name!r}, which can't be imported: {error}.", id="playback.E001")]
    lacking = [method for method in ("get_region", "get_model") if not callable(getattr(client, method, None))]
    if lacking:
        return [Error(f"ENRICH_CLIENT is {name!r}, which has no {', '.join(lacking)}.", id="playback.E002")]
    return []

"""Django system checks: what is declared and set must fit together before anything runs."""

from __future__ import annotations

from graphlib import CycleError
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from events.conf import conf
from events.enrichers.engine import rounds_of
from events.exceptions import NotRegistered
from events.types.registry import event_types


@register()
def check_enrichers(**_: Any) -> list[CheckMessage]:
    """Every enricher that an event type wants is there, and they can be put in an order."""
    messages: list[CheckMessage] = []
    for declared in event_types:
        try:
            rounds_of(declared.enrichers)
        except (NotRegistered, CycleError) as error:
            messages.append(Error(f"The event type {declared.name!r} can't be enriched: {error}", id="events.E001"))
    return messages


@register()
def check_enrich_client(**_: Any) -> list[CheckMessage]:
    """ENRICH_CLIENT names a class with the methods of `events.enrichers.client.EnrichClient`."""
    if conf.ENRICH_CLIENT is None:
        return []
    try:
        client = import_string(conf.ENRICH_CLIENT)
    except ImportError as error:
        return [Error(f"ENRICH_CLIENT is {conf.ENRICH_CLIENT!r}, which can't be imported: {error}.", id="events.E002")]
    lacking = [name for name in ("get_region", "get_model") if not callable(getattr(client, name, None))]
    if lacking:
        return [Error(f"ENRICH_CLIENT is {conf.ENRICH_CLIENT!r}, which has no {', '.join(lacking)}.", id="events.E003")]
    return []


@register()
def check_event_log(**_: Any) -> list[CheckMessage]:
    """EVENT_LOG is `on`, `off`, or names event types that there are."""
    if conf.EVENT_LOG in (["on"], ["off"]):
        return []
    unknown = [name for name in conf.EVENT_LOG if name not in event_types]
    if not unknown:
        return []
    known = ", ".join(event_types.keys())
    return [
        Error(f"EVENT_LOG is {','.join(conf.EVENT_LOG)!r}; it may be on, off, or a list of: {known}.", id="events.E004")
    ]

"""Django system checks: what is declared and set must fit together before anything runs."""

from __future__ import annotations

from graphlib import CycleError
from typing import Any

from django.core.checks import CheckMessage, Error, register

from events.conf import conf
from events.enrichment.engine import rounds_of
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
def check_event_log(**_: Any) -> list[CheckMessage]:
    """EVENT_LOG is `on`, `off`, or names event types that there are."""
    if conf.EVENT_LOG in (["on"], ["off"]):
        return []
    unknown = [name for name in conf.EVENT_LOG if name not in event_types]
    if not unknown:
        return []
    known = ", ".join(event_types.keys())
    return [
        Error(f"EVENT_LOG is {','.join(conf.EVENT_LOG)!r}; it may be on, off, or a list of: {known}.", id="events.E002")
    ]

"""Django system checks: what is declared and set must fit together before anything runs."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError
from typing import Any

from django.core.checks import CheckMessage, Error, register

from events.access.conf import conf as access_conf
from events.api.routing import all_routes
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


@register()
def check_routes(**_: Any) -> list[CheckMessage]:
    """Every route says who may use it, under a name of its own, and OPEN_ROUTES names routes that there are."""
    messages: list[CheckMessage] = [
        Error(
            f"The route {route.path} does not say who may use it; declare it by events.api.routing.route.",
            id="events.E003",
        )
        for route in all_routes()
        if route.access is None
    ]
    names = Counter(route.access.route for route in all_routes() if route.access)
    messages += [
        Error(f"{count} routes have the name {name!r}; OPEN_ROUTES must mean one.", id="events.E004")
        for name, count in names.items()
        if count > 1
    ]
    unknown = [name for name in access_conf.OPEN_ROUTES if name not in names]
    if unknown:
        known = ", ".join(sorted(names))
        messages.append(
            Error(
                f"OPEN_ROUTES names {', '.join(map(repr, unknown))}, which is no route; there are: {known}.",
                id="events.E005",
            )
        )
    return messages

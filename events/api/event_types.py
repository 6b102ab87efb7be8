"""The routes that list the event types: those that are declared, and those that events came of before they are."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from rest_framework.request import Request

from events import statistics
from events.api import documents
from events.api.openapi import reads
from events.api.responses import JsonResponse
from events.api.view import View
from events.types.base import EventType
from events.types.registry import event_types

Document = dict[str, Any]

#: The JSON Schema dialect that the schemas are written in.
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class EventTypesView(View):
    """All event types."""

    @reads("listEventTypes", "The event types", tag="Events", response=documents.EventTypes)
    def get(self, request: Request) -> HttpResponse:
        """By name, with how many events of each came to which end."""
        counts = statistics.ends_by_type()
        # Rejected events may have no type that could be told.
        names = sorted({*event_types.keys(), *(name for name in counts if name)})
        return JsonResponse({"results": [_summary(name, counts) for name in names]})


class EventTypeView(View):
    """One event type."""

    @reads(
        "getEventType",
        "An event type",
        tag="Events",
        response=documents.EventTypeDetails,
        missing="No such type is declared, and none is counted by that name.",
    )
    def get(self, request: Request, type_name: str) -> HttpResponse:
        """What its events hold, as a JSON Schema, and which of the fields are user, item, time and identity."""
        counts = statistics.ends_by_type()
        declared = event_types.find(type_name)
        if declared is None and type_name not in counts:
            raise Http404(f"There is no event type {type_name!r:.80}; /v1/event-types lists those there are.")
        return JsonResponse(_summary(type_name, counts) | _declaration(declared))


def _summary(name: str, counts: dict[str, dict[str, int]]) -> Document:
    declared = event_types.find(name)
    return {
        "type": name,
        "description": declared.description if declared else "",
        "supported": declared is not None,
        "counts": counts.get(name) or statistics.NONE,
        "href": f"/v1/event-types/{name}",
    }


def _declaration(declared: EventType | None) -> Document:
    roles = ("user", "item", "time", "identity")
    return {
        **{role: getattr(declared, role, None) for role in roles},
        "enrichers": list(declared.enrichers) if declared else [],
        "schema": {"$schema": DIALECT, **declared.json_schema()} if declared else None,
    }

"""The routes that take events in, and show them."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from events import reading
from events.api import documents, parameters
from events.api.intake import IntakeView
from events.api.openapi import CURSOR, LIMIT, query, reads, takes_events
from events.api.responses import JsonResponse
from events.api.view import View
from events.clock import utc_now
from events.ids import lowest_id_at

HIGHEST_ID = uuid.UUID(int=2**128 - 1)


@extend_schema_view(post=takes_events("postEvents", "Post events that name their types"))
class EventsView(IntakeView):
    """Takes events that name their type, and lists what is stored."""

    @reads(
        "listEvents",
        "Stored events by receipt, newest first",
        tag="Events",
        response=documents.Page[documents.Event],
        parameters=[
            query("type", str, "Events of this type"),
            query("user", str, "Events of this user"),
            query("since", str, "Received at this moment or later: ISO 8601, or seconds since 1970"),
            query("until", str, "Received before this moment"),
            LIMIT,
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Stored events by receipt, newest first."""
        query = request.query_params
        now = utc_now()
        since = parameters.read_moment(query, "since", now=now)
        until = parameters.read_moment(query, "until", now=now)
        limit = parameters.read_limit(query)
        below = parameters.read_cursor(query, uuid.UUID) or (lowest_id_at(until) if until else HIGHEST_ID)
        events = reading.list_events(
            type_name=parameters.read_text(query, "type"),
            user=parameters.read_text(query, "user"),
            lowest=lowest_id_at(since) if since else uuid.UUID(int=0),
            below=below,
            limit=limit + 1,
        )
        return JsonResponse(parameters.page_of(events, limit, position_of=lambda event: event["id"]))


class EventView(View):
    """One event."""

    @reads("getEvent", "One event", tag="Events", response=documents.Event, missing="No event has this id.")
    def get(self, request: Request, event_id: uuid.UUID) -> HttpResponse:
        """The event with its `state` and enrichment."""
        event = reading.find_event(event_id)
        if event is None:
            raise Http404(f"There is no event {event_id}.")
        return JsonResponse(event)


@extend_schema_view(
    post=takes_events("postEventsOfType", "Post events of the type in the path", of="EventOfRoute"),
    get=extend_schema(exclude=True),
)
class EventsOfTypeView(IntakeView):
    """Takes events of the type that the path names."""

    def get(self, request: Request, type_name: str) -> HttpResponse:
        """Answers those who ask for an event by something that is no id."""
        raise Http404(f"There is no event {type_name!r:.80}; an event's id is a UUID in lower case.")


@extend_schema_view(post=takes_events("postEvent", "Post one event", batches=False))
class OneEventView(IntakeView):
    """Takes one event that names its type."""

    takes_batches = False

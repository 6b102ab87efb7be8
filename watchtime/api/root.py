"""The root: an old address of the heartbeats' producers, and a signpost for everybody else."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request

from events.api import documents
from events.api.intake import IntakeView
from events.api.openapi import reads, takes_events
from events.api.responses import JsonResponse
from events.api.serving import on_event_loop

LINKS = {
    "documentation": "/docs",
    "openapi": "/openapi.json",
    "events": "/v1/events",
    "statistics": "/v1/stats",
    "top_movies": "/v1/watch-time/top?of=movies",
    "top_users": "/v1/watch-time/top?of=users",
    "readiness": "/readyz",
    "admin": "/admin/",
}


@extend_schema_view(post=takes_events("postHeartbeats", "Post heartbeats of movie players", of="event.heartbeat"))
class RootView(IntakeView):
    """Takes heartbeats of movie players, one or several; shows where to look."""

    type_name = "heartbeat"

    @reads("showIndex", "Where to look", tag="Health", response=documents.Index)
    @on_event_loop
    def get(self, request: Request) -> HttpResponse:
        """The addresses of what there is."""
        return JsonResponse(
            {
                "name": "Tidemark",
                "description": "Counts events once, and notifies on time.",
                "links": LINKS,
            }
        )

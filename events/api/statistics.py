"""The route that shows how much came through."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from events import statistics
from events.api import documents, parameters
from events.api.openapi import query, reads
from events.api.responses import JsonResponse
from events.api.view import View
from events.clock import utc_now


class StatisticsView(View):
    """How much came through."""

    @reads(
        "getStatistics",
        "How much came through, and how fast",
        tag="Events",
        response=documents.Statistics,
        parameters=[query("type", str, "Events of this type only")],
    )
    def get(self, request: Request) -> HttpResponse:
        """Events by end and type, and the rate of the last 60 seconds (since the first event, if that is less)."""
        type_name = parameters.read_text(request.query_params, "type")
        return JsonResponse(statistics.collect(now=utc_now(), type_name=type_name))

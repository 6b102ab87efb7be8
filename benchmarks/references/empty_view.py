"""The reference "empty view": what the web server, Django and DRF cost by themselves."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from events.api.serving import on_event_loop
from events.api.view import View


class EmptyView(View):
    """Takes a body, stores nothing, and responds as the intake does."""

    @on_event_loop
    def post(self, request: Request) -> HttpResponse:
        request._request.read()
        return HttpResponse(
            b'{"event":"00000000-0000-7000-8000-000000000000"}', status=202, content_type="application/json"
        )

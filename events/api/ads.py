"""The routes of the ad system: the collector its clients know, and the files made of what they sent."""

from __future__ import annotations

import threading
from urllib.parse import parse_qsl

import msgspec
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from events.ads.columns import COLUMNS, SERVING_FILE, TYPES_BY_FILE, VALIDATED_FILE
from events.ads.exceptions import ValidatorStarved
from events.ads.export import csv_pages, newest_ad_event
from events.clock import utc_now
from events.exceptions import NothingAcceptable, Unavailable
from events.intake.accept import accept_one
from events.intake.back_pressure import back_pressure

SAVED = "event saved"
INCOMPLETE = "Invalid event, both eventId and eventTimestamp must have values"
UNPARSABLE = "unparsable event"

#: By eventType; an event with another one, or with none, can only be a serving event.
TYPES = {"impression": "ad_impression", "click": "ad_click"}
SERVING = "ad_serving"

CSV = "text/csv; charset=utf-8"
#: A GET that saves an event must not be answered out of a cache, nor one for a file that grows.
NOT_CACHED = {"Cache-Control": "no-store"}


class CollectorView(APIView):
    """Takes one ad event in query parameters, as the clients of the old collector send it."""

    # Django would answer HEAD by calling `get`, and so save an event.
    http_method_names = ["get", "options"]

    @extend_schema(
        parameters=[OpenApiParameter(name, str, description="may be empty") for name in COLUMNS],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """Saves the event, and answers with plain text and 200 in any case.

        `event saved`: it is committed. `Invalid event, both eventId and eventTimestamp must have values`, and
        `unparsable event`: it was rejected, and is kept among the failed events with the reason. A serving event has
        neither eventType nor parentEventId; a user event has the eventType impression or click, and a parentEventId.
        """
        back_pressure.check()
        fields, raw = _read(request.META.get("QUERY_STRING", ""))
        type_name = TYPES.get(fields.get("eventType", ""), SERVING)
        try:
            accept_one(raw, type_name=type_name, now=utc_now(), keep_rejected=True)
        except NothingAcceptable:
            is_complete = fields.get("eventId") and fields.get("eventTimestamp")
            return _plain_text(UNPARSABLE if is_complete else INCOMPLETE)
        return _plain_text(SAVED)


class ExportView(APIView):
    """One of the files, as it is at this moment."""

    #: Its name.
    file = SERVING_FILE

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponseBase:
        """The stored events as CSV in the order in which they were received, streamed."""
        pages = csv_pages(TYPES_BY_FILE[self.file], until=newest_ad_event())
        headers = {"Content-Disposition": f'attachment; filename="{self.file}"', **NOT_CACHED}
        return StreamingHttpResponse(pages, content_type=CSV, headers=headers)


class ValidatedEventsView(APIView):
    """What the validator makes of the other two files."""

    #: The validator takes memory and both processors: one at a time in a web process.
    _validating = threading.BoundedSemaphore(1)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponseBase:
        """The user events that follow from a serving event, one per parentEventId and eventType, as CSV.

        503 while another request makes the same file, or if there is no room for it.
        """
        if not self._validating.acquire(blocking=False):
            raise Unavailable("The ad events are being validated for somebody else; ask again in a moment.")
        # Not before it is needed: DuckDB is large.
        from events.ads.stored import open_validated

        try:
            file = open_validated()
        except ValidatorStarved as error:
            raise Unavailable(str(error)) from None
        finally:
            self._validating.release()
        # The file has no name any more, so the response is told one.
        return FileResponse(file, as_attachment=True, filename=VALIDATED_FILE, content_type=CSV, headers=NOT_CACHED)


def _read(query: str) -> tuple[dict[str, str], bytes]:
    """The query's parameters, of several of one name the first, and their JSON; a query that is not UTF-8 as it is."""
    sent = query.encode("latin-1")
    try:
        pairs = parse_qsl(sent.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return {}, sent
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields, msgspec.json.encode(fields)


def _plain_text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=NOT_CACHED)

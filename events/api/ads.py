"""The routes of the ad system: the collector its clients know, and the files made of what they sent."""

from __future__ import annotations

import threading
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from events.ads.columns import COLUMNS, SERVING_FILE, TYPES_BY_FILE, USER_FILE, VALIDATED_FILE
from events.ads.exceptions import ValidatorStarved
from events.ads.export import csv_pages, newest_ad_event
from events.api.openapi import Decorator, query, sends_text
from events.clock import utc_now
from events.exceptions import NothingAcceptable, Unavailable
from events.intake.accept import accept_one
from events.intake.back_pressure import back_pressure

SAVED = "event saved"
REQUIRED = ("eventId", "eventTimestamp")
INCOMPLETE = "Invalid event, both eventId and eventTimestamp must have values"
UNPARSABLE = "unparsable event"

DESCRIPTIONS = {
    "eventTimestamp": "H:MM or HH:MM of one day, or ISO 8601",
    "eventType": "impression or click; empty for a serving event",
    "parentEventId": "eventId of the serving event; empty for a serving event",
}

#: By eventType; an event with another one, or with none, can only be a serving event.
TYPES = {"impression": "ad_impression", "click": "ad_click"}
SERVING = "ad_serving"

CSV = "text/csv; charset=utf-8"
#: A GET that saves an event must not be answered out of a cache, nor one for a file that grows.
NOT_CACHED = {"Cache-Control": "no-store"}


def _collects(operation_id: str) -> Decorator[Any]:
    return extend_schema_view(
        get=sends_text(
            operation_id,
            "Send one ad event, as the clients of the old collector do",
            tag="Ads",
            media_type="text/plain",
            description=f"`{SAVED}`: it is committed. `{INCOMPLETE}` or `{UNPARSABLE}`: it was rejected.",
            parameters=[query(name, str, DESCRIPTIONS.get(name, ""), required=name in REQUIRED) for name in COLUMNS],
        )
    )


def _exports(operation_id: str, summary: str) -> Decorator[Any]:
    return extend_schema_view(
        get=sends_text(operation_id, summary, tag="Ads", media_type="text/csv", description=f"`{','.join(COLUMNS)}`")
    )


@_collects("collectAdEvent")
class CollectorView(APIView):
    """Takes one ad event in query parameters, as the clients of the old collector send it."""

    # Django would answer HEAD by calling `get`, and so save an event.
    http_method_names = ["get", "options"]

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
            return _plain_text(UNPARSABLE if all(fields.get(name) for name in REQUIRED) else INCOMPLETE)
        return _plain_text(SAVED)


@_collects("collectEvent")
class EventView(CollectorView):
    """The same by its other name."""


class ExportView(APIView):
    """One of the files, as it is at this moment."""

    file: ClassVar[str]

    def get(self, request: Request) -> HttpResponseBase:
        """The stored events as CSV in the order in which they were received, streamed."""
        pages = csv_pages(TYPES_BY_FILE[self.file], until=newest_ad_event())
        headers = {"Content-Disposition": f'attachment; filename="{self.file}"', **NOT_CACHED}
        return StreamingHttpResponse(pages, content_type=CSV, headers=headers)


@_exports("exportServingEvents", "The serving events, in the order received")
class ServingEventsView(ExportView):
    """Ads that were served."""

    file = SERVING_FILE


@_exports("exportUserEvents", "The impressions and clicks, in the order received")
class UserEventsView(ExportView):
    """What followed."""

    file = USER_FILE


@_exports("exportValidatedEvents", "The impressions and clicks that follow from a serving event")
class ValidatedEventsView(APIView):
    """What the validator makes of the other two files."""

    #: The validator takes memory and both processors: one at a time in a web process.
    _validating = threading.BoundedSemaphore(1)

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

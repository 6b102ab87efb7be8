"""The routes that the clients of the old ad collector know."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema_view
from rest_framework.request import Request

from events.api.examples import alternatives, types_with_example
from events.api.openapi import Decorator, query, sends_text
from events.api.view import View
from events.clock import utc_now
from events.intake.admission import admit
from events.intake.body import JSON, IntakeRequest
from events.intake.quota import Bill
from events.intake.runner import IN_PLACE, run_in_place
from events.intake.senders import quota_of
from events.systems.ads.columns import COLUMNS, SERVING_TYPES, USER_TYPES
from events.systems.ads.intake import REQUIRED, Outcome, collect_event

DESCRIPTIONS = {
    "eventTimestamp": "H:MM or HH:MM of one day, or ISO 8601",
    "eventType": "impression or click; empty for a serving event",
    "parentEventId": "eventId of the serving event; empty for a serving event",
}
FORM = "application/x-www-form-urlencoded"
BODY = {"$ref": "#/components/schemas/event.ad_serving"}
RESPONSES = (
    f"`{Outcome.SAVED.value}`: it is committed. `{Outcome.DUPLICATE.value}`: its eventId is known with other content. "
    f"`{Outcome.INCOMPLETE.value}` or `{Outcome.UNPARSABLE.value}`: it was rejected."
)


def _collects(name: str) -> Decorator[Any]:
    parameters = [query(name, str, DESCRIPTIONS.get(name, ""), required=name in REQUIRED) for name in COLUMNS]
    summary = "Send one ad event, as the clients of the old collector do"
    return extend_schema_view(
        get=sends_text(
            name,
            summary,
            tag="Ads",
            media_type="text/plain",
            description=RESPONSES,
            parameters=parameters,
            has_quota=True,
        ),
        post=sends_text(
            f"{name}ByPost",
            f"{summary}, in the body",
            tag="Ads",
            media_type="text/plain",
            description=RESPONSES,
            body={JSON: BODY, FORM: _form()},
            examples=_examples(),
            has_quota=True,
        ),
    )


def _form() -> dict[str, Any]:
    """The same fields as texts, filled with a serving event."""
    examples = dict(next(iter(types_with_example(SERVING_TYPES[0]))).example or {})
    return {
        "type": "object",
        "properties": {
            name: {
                "type": "string",
                "description": DESCRIPTIONS.get(name, ""),
                "examples": [str(examples.get(name, ""))],
            }
            for name in COLUMNS
        },
        "required": list(REQUIRED),
    }


def _examples() -> list[OpenApiExample]:
    types = [declared for name in (*SERVING_TYPES, *USER_TYPES) for declared in types_with_example(name)]
    examples = [(declared.name, declared.example) for declared in types]
    return [*alternatives(JSON, *examples), *alternatives(FORM, *examples)]


@_collects("collectAdEvent")
class CollectorView(View):
    """Takes one ad event in query parameters, as the clients of the old collector send it, or in a body."""

    # Django would answer HEAD by calling `get`, and so save an event.
    http_method_names = ["get", "post", "options"]

    def get(self, request: Request) -> HttpResponse:
        """Saves the event, and responds with plain text and 200 in any case.

        A serving event has neither eventType nor parentEventId; a user event has the eventType impression or click,
        and a parentEventId. A rejected event is kept among the failed events with the reason.
        """
        return self._collect_query(IntakeRequest.of(request._request))

    def post(self, request: Request) -> HttpResponse:
        """Does the same with a JSON object or a form in the body; without a body, with the query parameters."""
        received = IntakeRequest.of(request._request)
        body = received.body()
        if not body:
            return self._collect_query(received)
        if received.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == FORM:
            return self._collect(received, _json_of(body))
        received.media_type()  # raises for one that is not understood
        return self._collect(received, body)

    def _collect_query(self, request: IntakeRequest) -> HttpResponse:
        return self._collect(request, _json_of(request.headers.get("QUERY_STRING", "").encode("latin-1")))

    def _collect(self, request: IntakeRequest, raw: bytes) -> HttpResponse:
        principal = run_in_place(admit(request, self.access, IN_PLACE))
        bill = Bill(quota_of(principal, request.headers))
        bill.charge(1)  # what is rejected is kept, too
        # A GET that saves an event must not be answered out of a cache.
        outcome = collect_event(raw, owner=principal.owner, now=utc_now())
        return HttpResponse(
            outcome.value, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store", **bill.said}
        )


@_collects("collectEvent")
class EventView(CollectorView):
    """The same by its other name."""


def _json_of(sent: bytes) -> bytes:
    """Parameters as a JSON object, of several of one name the first; what is not UTF-8 stays as it is."""
    try:
        pairs = parse_qsl(sent.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return sent
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return msgspec.json.encode(fields)

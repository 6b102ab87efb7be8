"""The routes that take events in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from events.api.openapi import takes_events
from events.api.responses import JsonAnswer
from events.clock import utc_now
from events.exceptions import InvalidField, MalformedBody, RequestProblem
from events.intake.accept import accept_batch, accept_one
from events.intake.back_pressure import back_pressure
from events.intake.body import STRUCTURED, media_type_of, read_body
from events.intake.cloudevents import BINARY_MARK, MEDIA_TYPES, from_headers
from events.intake.decoding import decode_items
from events.intake.idempotency import KeyedRequest, answer_once, check_key
from events.intake.validation import check_type_name


class Answer(msgspec.Struct, frozen=True):
    """A 202: the JSON of its body, and the path of what was made."""

    body: msgspec.Raw
    location: str


class IntakeView(APIView):
    """What the intake routes share: a request's body becomes committed events, then the answer is 202.

    Attributes:
        type_name: the type of all events posted here; None where each event names its own.
        takes_batches: whether arrays, `{"events": [...]}` and NDJSON are welcome.
    """

    type_name: ClassVar[str | None] = None
    takes_batches: ClassVar[bool] = True

    def post(self, request: Request, type_name: str | None = None) -> HttpResponse:
        """Takes one event, and answers with its id, or several, and answers with their operation."""
        back_pressure.check()
        now = utc_now()
        name = self.type_name if type_name is None else _checked(type_name)
        if BINARY_MARK in request.META:
            media_type, body = STRUCTURED, from_headers(request.META, read_body(request._request))
        else:
            media_type, body = media_type_of(request._request), read_body(request._request)
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            answer = self._accept(body, media_type, name, now=now)
        else:
            keyed = KeyedRequest(principal="anonymous", route=request.path, key=check_key(key), body=body)
            stored = answer_once(keyed, lambda: _pack(self._accept(body, media_type, name, now=now)), now=now)
            answer = _unpack(stored)
        return JsonAnswer(bytes(answer.body), status=202, location=answer.location)

    def _accept(self, body: bytes, media_type: str, type_name: str | None, *, now: datetime) -> Answer:
        items = decode_items(body, media_type)
        are_cloudevents = media_type in MEDIA_TYPES
        if not items.is_batch:
            event_id = accept_one(items.raw[0], type_name=type_name, now=now, is_cloudevent=are_cloudevents)
            return Answer(_raw({"event": event_id}), f"/v1/events/{event_id}")
        if not self.takes_batches:
            raise MalformedBody(
                "This route takes one event, as a JSON object; post several to /v1/events.", code="not_an_object"
            )
        batch = accept_batch(items.raw, type_name=type_name, now=now, are_cloudevents=are_cloudevents)
        document = {
            "operation": batch.operation_id,
            "accepted": batch.accepted,
            "rejected": batch.rejected,
            "unsupported": batch.unsupported,
            "errors": batch.errors,
        }
        return Answer(_raw(document), f"/v1/operations/{batch.operation_id}")


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


def _checked(type_name: str) -> str:
    try:
        return check_type_name(type_name)
    except InvalidField as error:
        raise RequestProblem(error.message, code=error.code, field="type") from None


def _raw(document: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(document))


_pack = msgspec.json.Encoder().encode
_unpack = msgspec.json.Decoder(Answer).decode

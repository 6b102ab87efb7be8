"""What the routes that take events in share."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import ClassVar, NamedTuple

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from events.access.principals import Principal
from events.api.responses import JsonResponse
from events.api.view import View
from events.clock import utc_now
from events.exceptions import InvalidField, MalformedBody, RequestProblem
from events.intake.accept import accept_batch, accept_one, commit_one
from events.intake.admission import admit
from events.intake.body import STRUCTURED, IntakeRequest
from events.intake.cloudevents import BINARY_MARK, MEDIA_TYPES, from_headers
from events.intake.decoding import Items, decode_items
from events.intake.idempotency import NOBODY, KeyedRequest, check_key, respond_once
from events.intake.quota import Bill, Headers, look
from events.intake.runner import IN_PLACE, Runner, run_in_place
from events.intake.senders import quota_of
from events.intake.sorting import sort_items
from events.intake.type_names import check_type_name

#: A body up to this size is decoded and validated sooner than it is handed to a thread.
SHORT_BODY_BYTES = 16 * 1024


ACCEPTED = 202


class Accepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a response of 202 says: the JSON of its body, the path of what was made, and what is left of a quota."""

    body: msgspec.Raw
    location: str
    quota: Headers = {}

    @property
    def json(self) -> bytes:
        """The body as it is sent."""
        return bytes(self.body)


class _Submission(NamedTuple):
    """What a request brings: its body, and the items in it."""

    body: bytes
    items: Items
    are_cloudevents: bool


class IntakeView(View):
    """What the intake routes share: a request's body becomes committed events, then the response is 202.

    The web server serves POST requests by `receive` alone, on its event loop (config/web/fast_path.py).

    Attributes:
        type_name: the type of all events posted here; None where each event names its own.
        takes_batches: whether arrays, `{"events": [...]}` and NDJSON are welcome.
    """

    type_name: ClassVar[str | None] = None
    takes_batches: ClassVar[bool] = True

    def post(self, request: Request, type_name: str | None = None) -> HttpResponse:
        """Takes one event, and responds with its id, or several, and responds with their operation."""
        received = IntakeRequest.of(request._request)
        accepted = run_in_place(self.receive(received, IN_PLACE, type_name=type_name))
        response = JsonResponse(accepted.json, status=ACCEPTED, location=accepted.location)
        for name, value in accepted.quota.items():
            response[name] = value
        return response

    async def receive(self, request: IntakeRequest, runner: Runner, *, type_name: str | None = None) -> Accepted:
        """Commits a request's events; raises RequestProblem or what PostgreSQL says if it commits none."""
        principal = await self.admit(request, runner)
        bill = Bill(quota_of(principal, request.headers))
        try:
            accepted = await self._receive(request, runner, bill, owner=principal.owner, type_name=type_name)
        except RequestProblem as problem:
            problem.quota_headers = problem.quota_headers or await _state_of(bill, runner)
            raise
        return msgspec.structs.replace(accepted, quota=await _state_of(bill, runner)) if bill.quota else accepted

    async def admit(self, request: IntakeRequest, runner: Runner) -> Principal:
        """Who sends it; raises RequestProblem unless they may."""
        return await admit(request, self.access, runner)

    async def _receive(
        self, request: IntakeRequest, runner: Runner, bill: Bill, *, owner: str | None, type_name: str | None
    ) -> Accepted:
        now = utc_now()
        name = self.type_name if type_name is None else _checked(type_name)
        key = request.headers.get("HTTP_IDEMPOTENCY_KEY")
        is_short = len(request.sent) <= SHORT_BODY_BYTES and not request.encoding
        submission = _decode(request) if is_short else await runner.run(partial(_decode, request))
        if key is None and not submission.items.is_batch:
            return await _accept_alone(submission, name, runner, bill, owner=owner, now=now)
        accept = partial(self._accept, submission, name, bill, owner=owner, now=now)
        if key is None:
            return await runner.run(accept)
        keyed = KeyedRequest(owner or NOBODY, request.path, check_key(key), submission.body)
        return _unpack(await runner.run(lambda: respond_once(keyed, lambda: _pack(accept()), now=now)))

    def _accept(
        self, submission: _Submission, type_name: str | None, bill: Bill, *, owner: str | None, now: datetime
    ) -> Accepted:
        raw, are_cloudevents = submission.items.raw, submission.are_cloudevents
        if not submission.items.is_batch:
            return _event(
                accept_one(
                    raw[0],
                    type_name=type_name,
                    now=now,
                    owner=owner,
                    is_cloudevent=are_cloudevents,
                    charge=bill.charge,
                )
            )
        if not self.takes_batches:
            raise MalformedBody(
                "This route takes one event, as a JSON object; post several to /v1/events.", code="not_an_object"
            )
        batch = accept_batch(
            raw, type_name=type_name, now=now, owner=owner, are_cloudevents=are_cloudevents, charge=bill.charge
        )
        document = {
            "operation": batch.operation_id,
            "accepted": batch.accepted,
            "rejected": batch.rejected,
            "unsupported": batch.unsupported,
            "errors": batch.errors,
        }
        return Accepted(_raw(document), f"/v1/operations/{batch.operation_id}")


async def _state_of(bill: Bill, runner: Runner) -> Headers:
    """What the response says of the sender's quota, if there is one."""
    return bill.said or (await runner.run(partial(look, bill.quota)) if bill.quota else {})


async def _accept_alone(
    submission: _Submission, type_name: str | None, runner: Runner, bill: Bill, *, owner: str | None, now: datetime
) -> Accepted:
    """Leaves the commit to the runner, which may commit other requests' events together with it."""
    raw, are_cloudevents = submission.items.raw, submission.are_cloudevents
    items = sort_items(raw, type_name=type_name, now=now, owner=owner, are_cloudevents=are_cloudevents)
    if not items.records:
        return _event(await runner.run(partial(commit_one, items, now=now, charge=bill.charge)))
    bill.said = await runner.commit(items.records[0], bill.quota)
    return _event(items.records[0].id)


def _decode(request: IntakeRequest) -> _Submission:
    if BINARY_MARK in request.headers:
        media_type, body = STRUCTURED, from_headers(request.headers, request.body())
    else:
        media_type, body = request.media_type(), request.body()
    return _Submission(body, decode_items(body, media_type), are_cloudevents=media_type in MEDIA_TYPES)


def _checked(type_name: str) -> str:
    try:
        return check_type_name(type_name)
    except InvalidField as error:
        raise RequestProblem(error.message, code=error.code, field="type") from None


def _event(event_id: str) -> Accepted:
    return Accepted(_raw({"event": event_id}), f"/v1/events/{event_id}")


def _raw(document: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(document))


_pack = msgspec.json.Encoder().encode
_unpack = msgspec.json.Decoder(Accepted).decode

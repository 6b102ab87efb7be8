"""Events that come as a Celery message: validated, limited and committed like those that come over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from events.conf import conf
from events.exceptions import BodyTooLarge, InvalidField, MalformedBody, RequestProblem
from events.intake.accept import accept_batch
from events.intake.body import JSON
from events.intake.decoding import decode_items
from events.intake.idempotency import KeyedRequest, respond_once
from events.intake.type_names import check_type_name

Summary: TypeAlias = dict[str, Any]

#: In place of what HTTP requests have.
PRINCIPAL, ROUTE = "celery", "events.ingest"


def ingest(events: object, *, type_name: str | None, message_id: str, now: datetime) -> Summary:
    """Commits the good ones of the events, and keeps the others with the reasons; returns the body of the 202.

    Args:
        events: one event, a list of them, or `{"events": […]}`.
        type_name: the type of all of them, if they do not name it themselves.
        message_id: the same id with the same events within IDEMPOTENCY_HOURS changes nothing.

    Raises:
        RequestProblem: nothing of it can be accepted.
    """
    body = _as_body(events)
    name = None if type_name is None else _checked(type_name)
    items = decode_items(body, JSON)

    def accept() -> bytes:
        batch = accept_batch(items.raw, type_name=name, now=now)
        return msgspec.json.encode(
            {
                "operation": batch.operation_id,
                "accepted": batch.accepted,
                "rejected": batch.rejected,
                "unsupported": batch.unsupported,
                "errors": batch.errors,
            }
        )

    message = KeyedRequest(principal=PRINCIPAL, route=ROUTE, key=message_id, body=body)
    summary: Summary = msgspec.json.decode(respond_once(message, accept, now=now))
    return summary


def _as_body(events: object) -> bytes:
    """What an HTTP client would send."""
    try:
        body = msgspec.json.encode(events)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise MalformedBody(f"The events can't be written as JSON: {error}.") from None
    if len(body) > conf.MAX_BODY_BYTES:
        raise BodyTooLarge(f"The message has {len(body)} bytes; {conf.MAX_BODY_BYTES} are the most. Send several.")
    return body


def _checked(type_name: str) -> str:
    try:
        return check_type_name(type_name)
    except InvalidField as error:
        raise RequestProblem(error.message, code=error.code, field="type") from None

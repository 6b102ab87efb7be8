"""What each error status means, with an example, for the description of the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from events.access.exceptions import MissingKey, MissingScope
from events.access.scopes import Scope


class Example(NamedTuple):
    """One kind of error.

    Attributes:
        description: when it is answered.
        code: an example of its machine readable reason.
        detail: an example of its sentence.
    """

    description: str
    code: str
    detail: str


PROBLEMS = {
    400: Example(
        "The request, or every event in it, is not valid: `errors` says why.",
        "invalid_parameter",
        "limit must be an integer from 1 to 1000; '0' is not.",
    ),
    401: Example(
        "The API key is missing or not valid; `code` says which.",
        MissingKey.code,
        str(MissingKey()),
    ),
    403: Example(
        "The API key does not have the scope that this needs.",
        MissingScope.code,
        str(MissingScope(Scope.READ)),
    ),
    404: Example("There is nothing here.", "not_found", "There is no event 019a9f4a-a6c4-77a6-83b4-0878548789f2."),
    413: Example(
        "The request is too large: 10 MiB unpacked, 10,000 events by default, or more than the sender's whole limit.",
        "too_many_events",
        "The request holds 12000 events; 10000 are the most. Send several.",
    ),
    415: Example(
        "The media type, charset or encoding is not understood.",
        "unsupported_media_type",
        "The charset 'utf-7' is not understood; send UTF-8.",
    ),
    422: Example(
        "The Idempotency-Key was used with another body.",
        "idempotency_key_reused",
        "This Idempotency-Key was used with another body within 24 hours; use a new key for a new request.",
    ),
    429: Example(
        "The sender's limit is used up until the time in `Retry-After`. Nothing was accepted.",
        "quota_exceeded",
        "The key tdm_8fK2mQ1x may send 1000 events in 1 s; 40 are left, and this request holds 100. Nothing of it was "
        "accepted; send it again in 1 s.",
    ),
    503: Example(
        "Not now: the database is away, or too much waits to be processed. Nothing was accepted; try again.",
        "database_unavailable",
        "The database does not answer; nothing was accepted. Send the request again.",
    ),
}


def example_of(status: int) -> dict[str, Any]:
    """A whole answer of that status."""
    _, code, detail = PROBLEMS[status]
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"index": None, "field": "", "code": code, "message": detail}],
    }

"""Everything that can go wrong in the events app, under one root.

A class's docstring is its default message; a message says what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping


class TidemarkError(Exception):
    """Tidemark met an unexpected error."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class AlreadyRegistered(TidemarkError):
    """Something with this name is registered already; choose another name."""


class StillNeeded(TidemarkError):
    """Events that are to be deleted are still needed."""


class NotRegistered(TidemarkError):
    """Nothing with this name is registered."""


class InvalidDeclaration(TidemarkError):
    """A declaration names a field that its schema does not have."""


class LeaseLost(TidemarkError):
    """Another worker took the chunk over; what this one did was rolled back."""


class ChunkWaits(TidemarkError):
    """An outside service has no answer for any of the chunk's events; they are tried again later."""


class LiveMemoryAway(TidemarkError):
    """Redis does not answer; what it should hear of is told later."""


class InvalidField(TidemarkError):
    """One field of one event is wrong.

    Args:
        field: dotted path of the field inside the event, empty for the event as a whole.
        code: machine readable reason, for example `required` or `out_of_range`.
        message: a sentence that names the field, the value and the cure.
    """

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


class RequestProblem(TidemarkError):
    """The request as a whole can't be answered; becomes one problem+json response."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str | None = None, *, code: str | None = None, field: str = "") -> None:
        super().__init__(message)
        self.message = str(self)
        self.code = code or self.code
        self.field = field
        #: What the response says of the sender's quota, where there is one.
        self.quota_headers: Mapping[str, str] = {}

    @property
    def headers(self) -> Mapping[str, str]:
        """What the response carries besides."""
        return {}


class MalformedBody(RequestProblem):
    """The body is not valid JSON; send UTF-8 encoded JSON as RFC 8259 defines it."""

    code = "malformed"


class NothingAcceptable(RequestProblem):
    """No event of the request could be accepted; see `errors` for each."""

    code = "nothing_acceptable"

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__()
        self.errors = errors


class BodyTooLarge(RequestProblem):
    """The request is too large; send it in smaller parts."""

    status = 413
    code = "too_large"


class UnsupportedMedia(RequestProblem):
    """The body's media type, charset or encoding is not understood."""

    status = 415
    code = "unsupported_media_type"


class IdempotencyConflict(RequestProblem):
    """This Idempotency-Key was used with another body within 24 hours; use a new key for a new request."""

    status = 422
    code = "idempotency_key_reused"


class Unavailable(RequestProblem):
    """Tidemark can't take requests at the moment; try again after the time in Retry-After."""

    status = 503
    code = "unavailable"
    retry_after_seconds = 2

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}

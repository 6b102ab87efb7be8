"""Why a call to an outside service brought no result."""

from __future__ import annotations

from events.exceptions import TidemarkError


class LookupFailed(TidemarkError):
    """A call to an outside service failed.

    Args:
        reason: a clause that says what the service did, for logs and for the event's `partial`.
        try_again: whether the same call may succeed in a moment.
        service_is_well: the service works, it only did not like this call; the circuit breaker takes it for a success.
        pause_seconds: how long the service asked to be left alone.
    """

    def __init__(
        self,
        reason: str,
        *,
        try_again: bool = False,
        service_is_well: bool = False,
        pause_seconds: float | None = None,
    ) -> None:
        # It is stored, and whatever a client raised may be in it: PostgreSQL takes no U+0000 and no lone surrogate.
        self.reason = reason.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        super().__init__(self.reason)
        self.try_again = try_again
        self.service_is_well = service_is_well
        self.pause_seconds = pause_seconds

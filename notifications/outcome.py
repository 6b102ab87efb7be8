"""What follows from one attempt at a delivery: it is sent, it has failed, or another attempt is due."""

from __future__ import annotations

import random
from dataclasses import dataclass

from notifications.conf import conf
from notifications.models import State

#: Pauses between attempts, in seconds: they double from the first, up to the longest, and vary by a quarter.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
#: Characters of a reason that are kept.
MOST_REASON_CHARACTERS = 500
#: Statuses of 4xx that may be different the next time.
TRANSIENT = frozenset({408, 429})


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        state: sent, failed, or pending again.
        reason: why it was not sent.
        pause_seconds: how long to wait before the next attempt.
    """

    state: State
    reason: str = ""
    pause_seconds: float = 0.0


def outcome_of(status: int, body: bytes, *, attempts: int, retry_after: float | None) -> Outcome:
    """What follows from a response to the attempt of that number.

    Args:
        retry_after: seconds that the service asked to be left alone, if it did.
    """
    if 200 <= status < 300:
        return Outcome(State.SENT)
    words = body.decode(errors="replace").strip()
    reason = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    if 400 <= status < 500 and status not in TRANSIENT:
        return Outcome(State.FAILED, _storable(reason))
    return retry_or_fail(reason, attempts=attempts, retry_after=retry_after)


def retry_or_fail(reason: str, *, attempts: int, retry_after: float | None = None) -> Outcome:
    """Another attempt after a pause, unless that was the last."""
    if attempts >= conf.NOTIFY_MAX_ATTEMPTS:
        return Outcome(State.FAILED, _storable(f"given up after {attempts} attempts; the last: {reason}"))
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 (no secret)
    return Outcome(State.PENDING, _storable(reason), max(pause * jitter, retry_after or 0.0))


def _storable(reason: str) -> str:
    """PostgreSQL's texts hold neither U+0000 nor lone surrogates, and a service may send either."""
    return reason[:MOST_REASON_CHARACTERS].replace("\0", "\ufffd").encode(errors="replace").decode()

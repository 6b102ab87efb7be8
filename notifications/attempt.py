"""One attempt at a delivery: posting it to the notification service."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from events.outside_calls import CallFailed, OutsideService, retry_after_seconds
from notifications.conf import conf
from notifications.decision import Delivery
from notifications.models import State
from notifications.outcome import Outcome, outcome_of, retry_or_fail

#: A `Retry-After` is honoured up to this many seconds.
LONGEST_RETRY_AFTER_SECONDS = 3600.0
#: Connections to the service that are kept open.
CONNECTIONS = 256
#: Bytes of a response's body that are read.
MOST_BODY_BYTES = 64 * 1024


def attempt(delivery: Delivery, *, clock: Callable[[], datetime]) -> Outcome:
    """Posts a notification, within NOTIFY_TIMEOUT_SECONDS altogether."""
    if delivery.attempts > conf.NOTIFY_MAX_ATTEMPTS:
        return Outcome(State.FAILED, f"given up after {conf.NOTIFY_MAX_ATTEMPTS} attempts whose worker died")
    url = str(conf.NOTIFY_URL)
    try:
        with _service(url).call(
            "POST",
            url,
            seconds=conf.NOTIFY_TIMEOUT_SECONDS,
            most_bytes=MOST_BODY_BYTES,
            body=delivery.body,
            headers={"Idempotency-Key": delivery.id},
        ) as response:
            words = b""
            # The status says what became of it; a body that is too long, or too slow, changes nothing.
            with suppress(CallFailed):
                words = response.read()
            asked_for = retry_after_seconds(
                response.headers.get("Retry-After"), now=clock(), at_most=LONGEST_RETRY_AFTER_SECONDS
            )
            return outcome_of(response.status, words, attempts=delivery.attempts, retry_after=asked_for)
    except CallFailed as failure:
        return retry_or_fail(f"the notification service {failure}", attempts=delivery.attempts)


@lru_cache(maxsize=1)
def _service(url: str) -> OutsideService:
    return OutsideService(url, headers={"Content-Type": "application/json", "Accept": "*/*"}, connections=CONNECTIONS)

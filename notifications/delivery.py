"""Posting notifications to the notification service, and what follows from its answer."""

from __future__ import annotations

import email.utils
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import requests

from events.clock import utc_now
from events.database import execute, retried
from notifications.conf import conf
from notifications.decision import LEASE_SECONDS, Decided, Delivery, decide, renew
from notifications.models import State
from notifications.queries import queries

logger = logging.getLogger(__name__)

#: Pauses between attempts, in seconds: they double from the first, up to the longest, and vary by a quarter.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
#: A `Retry-After` is honoured up to this many seconds.
LONGEST_RETRY_AFTER_SECONDS = 3600.0
#: Seconds between two renewals of a lease.
RENEWAL_SECONDS = LEASE_SECONDS / 4
#: Notifications that one process posts at the same time.
SIMULTANEOUS = 32
#: Bytes of an answer that are read; more is cut off.
MOST_ANSWER_BYTES = 64 * 1024
#: Answers of 4xx that may be different the next time.
TRANSIENT = frozenset({408, 429})

_local = threading.local()


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


def see_to(ids: Sequence[str], *, clock: Callable[[], datetime] = utc_now) -> Decided | None:
    """Decides those of the notifications that are due, posts the ones to be sent, and writes what became of them.

    None if it is not known where to post to.
    """
    if conf.NOTIFY_URL is None:
        logger.error("Notifications are due, and NOTIFY_URL is not set; they wait.", extra={"count": len(ids)})
        return None
    decided = retried(decide)(ids, now=clock())
    if decided.deliveries:
        retried(_settle)(decided, _post_all(decided, clock=clock), now=clock())
    return decided


def _post_all(decided: Decided, *, clock: Callable[[], datetime]) -> list[Outcome]:
    """The outcome of each delivery. All are posted side by side; until they have answers, the leases are renewed."""
    jobs = [_posters().submit(_attempt, delivery, clock) for delivery in decided.deliveries]
    # Time-outs are those of a silent service; one that sends its answer a little at a time is given up here.
    give_up_at = time.monotonic() + 3 * conf.NOTIFY_TIMEOUT_SECONDS
    while wait(jobs, timeout=RENEWAL_SECONDS).not_done and time.monotonic() < give_up_at:
        renew(decided, now=clock())
    return [_outcome(job, delivery) for job, delivery in zip(jobs, decided.deliveries, strict=True)]


def _outcome(job: Future[Outcome], delivery: Delivery) -> Outcome:
    if job.cancel() or not job.done():
        # It has not even begun, or the service sends its answer a little at a time.
        return retry_or_fail("no answer in time", delivery)
    return job.result()


def _attempt(delivery: Delivery, clock: Callable[[], datetime]) -> Outcome:
    if delivery.attempts > conf.NOTIFY_MAX_ATTEMPTS:
        return Outcome(State.FAILED, f"given up after {conf.NOTIFY_MAX_ATTEMPTS} attempts whose worker died")
    try:
        status, retry_after, text = post(delivery)
    except requests.RequestException as error:
        return retry_or_fail(f"{type(error).__name__}: {error}"[:500], delivery)
    if 200 <= status < 300:
        return Outcome(State.SENT)
    reason = f"HTTP {status}: {text}"[:500].removesuffix(": ")
    if 400 <= status < 500 and status not in TRANSIENT:
        return Outcome(State.FAILED, reason)
    return retry_or_fail(reason, delivery, retry_after_seconds=retry_after_seconds(retry_after, now=clock()))


def post(delivery: Delivery) -> tuple[int, str | None, str]:
    """Posts one notification: the answer's status, its `Retry-After`, and its text; raises RequestException."""
    request = _template(str(conf.NOTIFY_URL)).copy()
    request.prepare_body(delivery.body, None)
    request.headers["Idempotency-Key"] = delivery.id
    with _session().send(
        request,
        timeout=(min(3.05, conf.NOTIFY_TIMEOUT_SECONDS), conf.NOTIFY_TIMEOUT_SECONDS),
        allow_redirects=False,
        stream=True,
    ) as response:
        content = next(response.iter_content(MOST_ANSWER_BYTES), b"")
        return response.status_code, response.headers.get("Retry-After"), content.decode(errors="replace").strip()


def retry_or_fail(reason: str, delivery: Delivery, *, retry_after_seconds: float = 0.0) -> Outcome:
    """Another attempt after a pause, unless that was the last."""
    if delivery.attempts >= conf.NOTIFY_MAX_ATTEMPTS:
        return Outcome(State.FAILED, f"given up after {delivery.attempts} attempts; the last: {reason}")
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (delivery.attempts - 1))
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 (no secret)
    return Outcome(State.PENDING, reason, max(pause * jitter, retry_after_seconds))


def retry_after_seconds(header: str | None, *, now: datetime) -> float:
    """The seconds that a `Retry-After` asks for (RFC 9110, 10.2.3: a number, or a date); 0 for none."""
    if not header:
        return 0.0
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            seconds = (email.utils.parsedate_to_datetime(header) - now).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(LONGEST_RETRY_AFTER_SECONDS, max(0.0, seconds))


def _settle(decided: Decided, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    execute(
        queries.settle_deliveries.sql,
        {
            "ids": [delivery.id for delivery in decided.deliveries],
            "states": [outcome.state for outcome in outcomes],
            "reasons": [outcome.reason for outcome in outcomes],
            "next_at": [
                now + timedelta(seconds=outcome.pause_seconds) if outcome.state is State.PENDING else None
                for outcome in outcomes
            ],
            "token": decided.token,
            "now": now,
        },
    )
    logger.info(
        "Notifications were posted.",
        extra={
            "action": "deliver",
            "rows": len(outcomes),
            "sent": sum(outcome.state is State.SENT for outcome in outcomes),
            "late_ms": round(max((now - delivery.due_at).total_seconds() for delivery in decided.deliveries) * 1000),
        },
    )
    for delivery, outcome in zip(decided.deliveries, outcomes, strict=True):
        if outcome.state is not State.SENT:
            logger.warning(
                "A notification could not be delivered.",
                extra={
                    "action": "deliver",
                    "notification": delivery.id,
                    "attempts": delivery.attempts,
                    "state": str(outcome.state),
                    "error": outcome.reason,
                },
            )


@cache
def _template(url: str) -> requests.PreparedRequest:
    """What all requests have in common: preparing it costs as much as sending."""
    headers = {"Content-Type": "application/json", "User-Agent": "Tidemark", "Accept": "*/*"}
    return requests.Request("POST", url, headers=headers).prepare()


@cache
def _posters() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(SIMULTANEOUS, thread_name_prefix="notify")


def _session() -> requests.Session:
    """A session of this thread's own, which keeps its connection open."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        # The address comes from the settings; proxies and passwords of the machine's environment are not meant.
        _local.session.trust_env = False
    session: requests.Session = _local.session
    return session

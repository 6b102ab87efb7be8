"""Quotas: how many events a sender may bring in, charged by event and not by request (docs/api.md, "Limits").

A request costs as many as it stores, and is refused as a whole. While Redis is away nobody is refused, and the log
counts what passes.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeAlias

from events.access.rates import Rate
from events.counted_log import CountedLog
from events.exceptions import RequestProblem
from events.intake.windows import Window, Wish, acquire
from events.redis_client import RedisOutages

Headers: TypeAlias = dict[str, str]

outages = RedisOutages("Redis is away; events pass without limits.")
unlimited_log = CountedLog(
    logging.getLogger(__name__),
    first="Events passed without their sender's limit, since Redis is away.",
    again="More events passed without their senders' limits.",
    action="unlimited",
    what="sender",
)


class Quota(NamedTuple):
    """Who may send how much.

    Attributes:
        sender: whose events are counted together: `key:tdm_…`, or `address:…`.
    """

    sender: str
    rate: Rate

    def check_size(self, events: int) -> None:
        """Raises LargerThanQuota if a request with so many events can never pass."""
        if events > self.rate.events:
            raise LargerThanQuota(self, events)

    def __str__(self) -> str:
        return f"The {self.sender.replace(':', ' ', 1)} may send {self.rate.events} events in {self.rate.seconds} s"


class LargerThanQuota(RequestProblem):
    """The request holds more events than its sender may send at a time."""

    status = 413
    code = "larger_than_quota"

    def __init__(self, quota: Quota, events: int) -> None:
        super().__init__(
            f"{quota}; this request holds {events}, so it can never pass; send {quota.rate.events} at a time at most."
        )


class QuotaExceeded(RequestProblem):
    """The sender has sent as much as it may for now."""

    status = 429
    code = "quota_exceeded"

    def __init__(self, quota: Quota, events: int, window: Window) -> None:
        self._seconds = _whole(window.seconds_until(events))
        super().__init__(
            f"{quota}; {window.left} are left, and this request holds {events}. Nothing of it was accepted; send it "
            f"again in {self._seconds} s."
        )
        self.quota_headers = headers_of(quota, window, seconds=self._seconds)

    @property
    def headers(self) -> Headers:
        return {"Retry-After": str(self._seconds)}


#: What the response to a request says of the quota, or why it is refused.
Outcome: TypeAlias = Headers | QuotaExceeded


def charge(quota: Quota, events: int) -> Headers:
    """Charges a request that holds so many events; returns what its response says of the quota.

    Raises:
        LargerThanQuota: it can never pass.
        QuotaExceeded: not now. Nothing was charged.
    """
    quota.check_size(events)
    windows = _ask([Wish(quota.sender, quota.rate, events)])
    if windows is None:
        unlimited_log.note(quota.sender, events)
        return headers_of(quota, None)
    if not windows[0].granted:
        raise QuotaExceeded(quota, events, windows[0])
    return headers_of(quota, windows[0])


class Bill:
    """What a request is charged, at most once.

    Attributes:
        said: what the response says of the quota, once it is known.
    """

    def __init__(self, quota: Quota | None) -> None:
        self.quota = quota
        self.said: Headers = {}

    def charge(self, events: int) -> None:
        """Charges so many events that are about to be stored; raises what `charge` does."""
        if self.quota:
            self.said = charge(self.quota, events)


def look(quota: Quota) -> Headers:
    """What the response to a request that is charged nothing says of the quota."""
    windows = _ask([Wish(quota.sender, quota.rate, 0)])
    return headers_of(quota, windows[0] if windows else None)


def charge_each(quotas: Sequence[Quota]) -> list[Outcome]:
    """Charges requests of one event each, of a sender the first ones; what each response says, or its refusal."""
    wanted = Counter(quotas)
    outcomes: dict[Quota, Iterator[Outcome]] = {}
    asked = dict(wanted)
    while asked:
        windows = _ask([Wish(quota.sender, quota.rate, events) for quota, events in asked.items()])
        again = {}
        for place, (quota, events) in enumerate(asked.items()):
            window = windows[place] if windows else None
            if window is None:
                unlimited_log.note(quota.sender, wanted[quota])
                outcomes[quota] = repeat(headers_of(quota, None))
            elif window.left and not window.granted:
                again[quota] = min(events, window.left)  # not all of them; others may be faster
            else:
                passes = [headers_of(quota, window)] * (events if window.granted else 0)
                outcomes[quota] = chain(passes, _refusals(quota, window))
        asked = again
    return [next(outcomes[quota]) for quota in quotas]


def _refusals(quota: Quota, window: Window) -> Iterator[QuotaExceeded]:
    while True:
        yield QuotaExceeded(quota, 1, window)


def headers_of(quota: Quota, window: Window | None, *, seconds: int | None = None) -> Headers:
    """The fields of draft-ietf-httpapi-ratelimit-headers; the present state only where it is known.

    Args:
        seconds: for which no more than what is left may be sent; None: until one more than that may be.
    """
    policy = {"ratelimit-policy": f'"default";q={quota.rate.events};w={quota.rate.seconds}'}
    if window is None:
        return policy
    if seconds is None:
        seconds = _whole(window.seconds_until(min(window.left + 1, quota.rate.events)))
    return {**policy, "ratelimit": f'"default";r={window.left};t={seconds}'}


def _ask(wishes: list[Wish]) -> list[Window] | None:
    """None while Redis is away."""
    return outages.if_it_answers(lambda: acquire(wishes), otherwise=None)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))

"""GETting JSON from a service: what its responses mean for a look-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import requests

from events.clock import utc_now
from events.conf import conf
from events.enrichment.lookups.failures import LookupFailed
from events.outside_calls import CallFailed, OutsideService, Response, TooLarge, retry_after_seconds

#: Longest pause that a service may ask for with Retry-After, in seconds.
_LONGEST_PAUSE = 10.0


class HttpClient:
    """Asks one service; used by many threads at once.

    Args:
        what: the service, in words, for reasons.
        url: an address of the service.
        headers: sent with each call.
    """

    def __init__(self, what: str, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._what = what
        self._service = OutsideService(
            url, headers={"Accept": "application/json", **(headers or {})}, connections=conf.LOOKUPS_SIDE_BY_SIDE
        )

    def get_json(self, url: str) -> Any | None:
        """The JSON at the address, None if the service answers 404; raises LookupFailed."""
        try:
            with self._service.call(
                "GET", url, seconds=conf.LOOKUP_TIMEOUT_SECONDS, most_bytes=conf.LOOKUP_MAX_RESPONSE_BYTES
            ) as response:
                if response.status == requests.codes.ok:
                    return self._decode(response, response.read())
                if response.status == requests.codes.not_found:
                    response.read()  # so that the connection can serve again
                    return None
                raise self._refused(response)
        except CallFailed as failure:
            raise LookupFailed(f"{self._what} {failure}", try_again=not isinstance(failure, TooLarge)) from None

    def _decode(self, response: Response, body: bytes) -> Any:
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            kind = response.headers.get("Content-Type", "no media type")
            raise LookupFailed(f"{self._what} answered {kind:.60} that is not JSON: {body[:60]!r}") from None

    def _refused(self, response: Response) -> LookupFailed:
        status = response.status
        reason = f"{self._what} answered {status}"
        if 300 <= status < 400:
            return LookupFailed(f"{reason}, a redirect; redirects are not followed")
        if status == requests.codes.too_many_requests or status >= 500:
            asked_for = retry_after_seconds(response.headers.get("Retry-After"), now=utc_now(), at_most=_LONGEST_PAUSE)
            return LookupFailed(reason, try_again=True, pause_seconds=asked_for)
        return LookupFailed(reason, service_is_well=400 <= status < 500)

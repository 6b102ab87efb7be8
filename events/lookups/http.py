"""GETting JSON from a service: pooled connections, no redirects, answers limited in size and in time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from events.conf import conf
from events.lookups.failures import LookupFailed

_PIECE_BYTES = 16 * 1024
#: Longest pause that a service may ask for with Retry-After, in seconds.
_LONGEST_PAUSE = 10.0


class HttpClient:
    """Asks one service; used by many threads at once.

    Args:
        what: the service, in words, for reasons.
        url: an address of the service; which proxy to use follows from it and from the environment.
        headers: sent with each call.
    """

    def __init__(self, what: str, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._what = what
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=conf.LOOKUPS_SIDE_BY_SIDE)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        # The environment is read once, not with each call.
        self._session.proxies.update(requests.utils.get_environ_proxies(url))
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Tidemark", **(headers or {})}
        )

    def get_json(self, url: str) -> Any | None:
        """The JSON at the address, None if the service answers 404; raises LookupFailed."""
        deadline = time.monotonic() + conf.LOOKUP_TIMEOUT_SECONDS
        try:
            with self._session.get(
                url, timeout=conf.LOOKUP_TIMEOUT_SECONDS, allow_redirects=False, stream=True
            ) as response:
                if response.status_code == requests.codes.ok:
                    return self._decode(response, self._read(response, deadline))
                if response.status_code == requests.codes.not_found:
                    self._read(response, deadline)  # so that the connection can serve again
                    return None
                raise self._refused(response)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise self._too_slow() from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise LookupFailed(f"{self._what} can't be reached: {_brief(error)}", try_again=True) from None

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        while piece := response.raw.read1(_PIECE_BYTES):
            body += piece
            if len(body) > conf.LOOKUP_MAX_ANSWER_BYTES:
                raise LookupFailed(f"{self._what} answered more than {conf.LOOKUP_MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline:
                raise self._too_slow()
        return bytes(body)

    def _decode(self, response: requests.Response, body: bytes) -> Any:
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            kind = response.headers.get("Content-Type", "no media type")
            raise LookupFailed(f"{self._what} answered {kind:.60} that is not JSON: {body[:60]!r}") from None

    def _refused(self, response: requests.Response) -> LookupFailed:
        status = response.status_code
        reason = f"{self._what} answered {status}"
        if 300 <= status < 400:
            return LookupFailed(f"{reason}, a redirect; redirects are not followed")
        if status == requests.codes.too_many_requests:
            return LookupFailed(reason, try_again=True, pause_seconds=_pause_asked_for(response))
        if status >= 500:
            return LookupFailed(reason, try_again=True, pause_seconds=_pause_asked_for(response))
        return LookupFailed(reason, service_is_well=400 <= status < 500)

    def _too_slow(self) -> LookupFailed:
        return LookupFailed(f"{self._what} took longer than {conf.LOOKUP_TIMEOUT_SECONDS:g} s", try_again=True)


def _pause_asked_for(response: requests.Response) -> float | None:
    """Seconds, of a Retry-After that gives seconds."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_PAUSE) if text.isascii() and text.isdecimal() else None


def _brief(error: BaseException) -> str:
    """The innermost cause: what libraries wrap around it says less."""
    while (inner := getattr(error, "reason", None) or error.__cause__ or error.__context__) is not None:
        if not isinstance(inner, BaseException):
            break
        error = inner
    return f"{type(error).__name__}: {error}"[:200]

"""Calling an outside service over HTTP: within a deadline and a size, without redirects, over kept connections.

The time-outs of `requests` are those of one read each: a service that sends a byte a second never exceeds them. Here
the time-out is that of the whole call.
"""

from __future__ import annotations

import email.utils
import io
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from events.exceptions import TidemarkError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Seconds for connecting: a first packet that was lost is sent again after 1 s and 3 s.
CONNECT_SECONDS = 3.05


class CallFailed(TidemarkError):
    """The service could not be reached, or its response is broken; the message is a clause that says how."""


class TooSlow(CallFailed):
    """The response did not come, or did not come to its end, within the seconds given."""


class TooLarge(CallFailed):
    """The response's body is larger than allowed."""


class Response:
    """A response whose head has come; `read` reads its body.

    Attributes:
        status: the HTTP status.
        headers: by name, in any case.
    """

    def __init__(self, response: requests.Response, *, seconds: float, most_bytes: int) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self._response = response
        self._seconds = seconds
        self._most_bytes = most_bytes

    def read(self) -> bytes:
        """The whole body; raises CallFailed."""
        body = bytearray()
        with _failures_translated(self._seconds):
            # A body that was cut off shows only when nothing more comes.
            while piece := self._response.raw.read(self._most_bytes + 1):
                body += piece
                if len(body) > self._most_bytes:
                    raise TooLarge(f"sent more than {self._most_bytes} bytes")
        return bytes(body)


class OutsideService:
    """One service; used by many threads at once.

    Args:
        url: its address, or one of them; which proxy to use follows from it and from the environment.
        headers: sent with each call.
        connections: that are kept open at most.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str], connections: int) -> None:
        self._session = requests.Session()
        adapter = _DeadlineAdapter(pool_connections=2, pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        # The environment is read once, not with each call.
        self._session.proxies.update(requests.utils.get_environ_proxies(url))
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "Tidemark", **headers}
        # Preparing a request costs as much as sending it; a service with one address pays it once.
        self._prepared = lru_cache(maxsize=1)(self._prepare)

    @contextmanager
    def call(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        most_bytes: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Response]:
        """Calls the service; raises CallFailed.

        Args:
            seconds: for all of it, until the last byte of the body has been read. Finding the address of a host
                name comes on top: it takes as long as the machine's resolver takes.
            most_bytes: of the response's body.
        """
        with _failures_translated(seconds):
            request = self._prepared(method, url).copy()
            if body is not None:
                request.prepare_body(body, None)
            request.headers.update(headers or {})
            timeout: Any = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds)
            response = self._session.send(request, timeout=timeout, allow_redirects=False, stream=True)
        try:
            yield Response(response, seconds=seconds, most_bytes=most_bytes)
        finally:
            # A connection whose response was read whole is back among the kept ones already; another is closed.
            response.raw.close()

    def _prepare(self, method: str, url: str) -> requests.PreparedRequest:
        return requests.Request(method, url, headers=self._headers).prepare()


def retry_after_seconds(header: str | None, *, now: datetime, at_most: float) -> float | None:
    """The seconds that a `Retry-After` asks for (RFC 9110, 10.2.3: a number, or a date); None if it says neither."""
    text = (header or "").strip()
    if text.isdecimal():
        seconds = float(text)
    else:
        try:
            seconds = (email.utils.parsedate_to_datetime(text) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(at_most, max(0.0, seconds))


@contextmanager
def _failures_translated(seconds: float) -> Iterator[None]:
    try:
        yield
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise TooSlow(f"took longer than {seconds:g} s") from None
    except requests.exceptions.InvalidURL:
        # The error quotes it, and it may hold a key.
        raise CallFailed("can't be reached: its address is not valid") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise CallFailed(f"can't be reached: {_innermost(error)}") from None


def _innermost(error: BaseException) -> str:
    """The first cause: what libraries wrap around it says less."""
    while (inner := getattr(error, "reason", None) or error.__cause__ or error.__context__) is not None:
        if not isinstance(inner, BaseException):
            break
        error = inner
    return f"{type(error).__name__}: {error}"[:200]


class _DeadlineSocket:
    """A connected socket whose time-out is that of all reads that follow together."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.settimeout(connected.gettimeout())

    def settimeout(self, seconds: float | None) -> None:
        """From now on; None: no deadline."""
        self._socket.settimeout(seconds)
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        """What http.client reads a response from."""
        assert mode == "rb", mode
        return io.BufferedReader(_DeadlineReader(self, self._socket.makefile("rb", buffering=0)))

    def before_read(self) -> None:
        """Leaves the next read no more than what is left; raises TimeoutError if that is nothing."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


class _DeadlineReader(io.RawIOBase):
    def __init__(self, connected: _DeadlineSocket, raw: socket.SocketIO) -> None:
        self._connected = connected
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._connected.before_read()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _DeadlineSocket(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _DeadlineSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _DeadlineAdapter(HTTPAdapter):
    """Makes connections whose time-out is that of the whole response."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **options: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager

"""What granian serves: `config.web.application:application`, by RSGI.

Views are synchronous and run in a few threads, each with its database connection. Bodies are read before a thread is
taken, so that a client who sends slowly holds up nobody. Answers that wait (`events.api.live`) are sent from the event
loop, so that a client who waits needs no thread either.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.wsgi import get_wsgi_application
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]

from config.web.environ import environ_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
handler = get_wsgi_application()

# Only now: they need Django's settings.
from django.conf import settings  # noqa: E402
from django.http import HttpResponseBase  # noqa: E402

from events.api.live import Live, LiveAnswer  # noqa: E402
from events.api.problems import ProblemResponse  # noqa: E402

logger = logging.getLogger(__name__)

#: Views that run at the same time, per process.
THREADS = 16
#: Bodies larger than this are read only so many at a time: that bounds the memory they take.
LARGE_BODY_BYTES = 256 * 1024
LARGE_BODIES_AT_ONCE = 16
#: Seconds in which a body must have come.
BODY_SECONDS = 30.0
#: Seconds that one piece of a stream may wait for its client.
PIECE_SECONDS = 30.0

Headers = list[tuple[str, str]]
#: What is left of a body is not read, so the connection ends; a client that knows sends nothing more on it.
BODY_LEFT = ("connection", "close")


@dataclass
class _Call:
    """A request for a thread, and the future that ends it: with what is left to send, if anything."""

    scope: Scope
    protocol: HTTPProtocol
    body: bytes
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[tuple[int, Headers, Live] | None]


class Application:
    """One per worker process of granian."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES_AT_ONCE)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called by each worker when it starts."""
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"view-{number}", daemon=True).start()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """One request."""
        if _length_of(scope) > LARGE_BODY_BYTES or "transfer-encoding" in scope.headers:
            async with self._large_bodies:
                await self._serve(scope, protocol)
        else:
            await self._serve(scope, protocol)

    async def _serve(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_body(scope, protocol)
        except TimeoutError:
            problem = ProblemResponse(408, f"The body did not come within {BODY_SECONDS:g} s.", code="too_slow")
            protocol.response_bytes(408, [("content-type", problem["Content-Type"]), BODY_LEFT], problem.content)
            return
        except (ProtocolError, ProtocolClosed):
            return  # the client is gone
        loop = asyncio.get_running_loop()
        done: asyncio.Future[tuple[int, Headers, Live] | None] = loop.create_future()
        self._calls.put(_Call(scope, protocol, body, loop, done))
        left = await done
        if left is not None:
            await _send_live(protocol, *left)

    def _work(self) -> None:
        """A thread: takes calls, one after the other."""
        while True:
            call = self._calls.get()
            left = None
            try:
                left = _answer(call)
            except (TimeoutError, ProtocolError, ProtocolClosed):
                pass  # the client is gone, or does not read
            except Exception:
                # Django's handler answers whatever views raise; this thread must go on whatever else happens.
                logger.exception("A request could not be answered.")
            call.loop.call_soon_threadsafe(_finish, call.done, left)


def _finish(done: asyncio.Future[Any], left: object) -> None:
    if not done.done():
        done.set_result(left)


def _length_of(scope: Scope) -> int:
    text = scope.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0


async def _read_body(scope: Scope, protocol: HTTPProtocol) -> bytes:
    """The body; of one that is too large only as much as shows that it is."""
    chunked = "transfer-encoding" in scope.headers
    limit = settings.MAX_BODY_BYTES
    if not chunked and not 0 < _length_of(scope) <= limit:
        return b""
    if not chunked and _length_of(scope) <= LARGE_BODY_BYTES:
        return await protocol()
    body = bytearray()
    async for piece in protocol:
        body += piece
        if len(body) > limit:
            break
    return bytes(body)


def _answer(call: _Call) -> tuple[int, Headers, Live] | None:
    """Runs the view and sends its answer; answers what is to be sent from the event loop instead."""
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _error: object = None, /) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda _data: None  # a way of writing that Django does not use

    environ = environ_of(call.scope, call.body)
    response: HttpResponseBase = handler(environ, start_response)
    try:
        status, headers = int(started[0][0][:3]), [(name.lower(), value) for name, value in started[0][1]]
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            headers.append(BODY_LEFT)
        if isinstance(response, LiveAnswer):
            return status, headers, response.take_live()
        if response.streaming:
            _send_pieces(call, status, headers, response)
        else:
            call.protocol.response_bytes(status, headers, b"".join(response))
        return None
    finally:
        response.close()


def _send_pieces(call: _Call, status: int, headers: Headers, response: HttpResponseBase) -> None:
    """Sends a large answer as it is made, at the client's pace."""
    transport = call.protocol.response_stream(status, headers)

    async def send(piece: bytes) -> None:
        async with asyncio.timeout(PIECE_SECONDS):
            await transport.send_bytes(piece)

    for piece in response:
        asyncio.run_coroutine_threadsafe(send(piece), call.loop).result()


async def _send_live(protocol: HTTPProtocol, status: int, headers: Headers, live: Live) -> None:
    """Sends an answer piece by piece as it comes, until its end or until the client is gone."""
    sending = asyncio.ensure_future(_send_all(protocol, status, headers, live))
    gone = asyncio.ensure_future(protocol.client_disconnect())
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        gone.cancel()
        live.close()


async def _send_all(protocol: HTTPProtocol, status: int, headers: Headers, live: Live) -> None:
    # The body ends when nothing refers to the transport any more: with this function.
    transport = protocol.response_stream(status, headers)
    try:
        async for piece in live:
            async with asyncio.timeout(PIECE_SECONDS):
                await transport.send_bytes(piece)
    except (TimeoutError, ProtocolError, ProtocolClosed):
        return  # the client is gone, or does not read


application = Application()

"""Sending streaming responses: each piece when the client has read the ones before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor

from django.http import StreamingHttpResponse
from granian._granian import RSGIHTTPStreamTransport as HTTPStreamTransport
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]

from config.web.connection import Connection
from config.web.replies import headers_of

logger = logging.getLogger(__name__)

#: Seconds that a client may leave unread what it was sent.
UNREAD_SECONDS = 30.0
#: Sent without asking whether the client reads: buffers take that much, and most responses are shorter.
UNASKED_BYTES = 256 * 1024


async def send_stream(
    scope: Scope,
    protocol: HTTPProtocol,
    response: StreamingHttpResponse,
    threads: Executor,
) -> None:
    """Sends a response until its end, or until the client is gone; breaks the connection if it cannot be completed.

    Synchronous iterators run in threads, asynchronous ones on the event loop.
    """
    pieces = aiter(response) if response.is_async else _in_threads(iter(response), threads)
    connection = Connection(scope)
    # granian ends the response well when nothing refers to the transport any more: with this function.
    transport = protocol.response_stream(response.status_code, headers_of(response))
    sending = asyncio.ensure_future(_send_pieces(transport, connection, pieces))
    gone = asyncio.ensure_future(protocol.client_disconnect())
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        await asyncio.wait({sending})
        if not gone.done() and not _is_complete(sending):
            connection.abort()
        gone.cancel()
        connection.close()


async def _send_pieces(transport: HTTPStreamTransport, connection: Connection, pieces: AsyncIterator[bytes]) -> None:
    sent = 0
    async for piece in pieces:
        await transport.send_bytes(piece)
        sent += len(piece)
        if sent > UNASKED_BYTES:
            await connection.wait_until_writable(UNREAD_SECONDS)


def _is_complete(sending: asyncio.Future[None]) -> bool:
    if sending.cancelled():
        return False
    error = sending.exception()
    if error is not None and not isinstance(error, TimeoutError | ProtocolError | ProtocolClosed):
        logger.error("A response failed midway; its connection is broken off.", exc_info=error)
    return error is None


async def _in_threads(pieces: Iterator[bytes], threads: Executor) -> AsyncIterator[bytes]:
    """Makes each piece in a thread; between two pieces no thread is held."""
    while True:
        making = asyncio.get_running_loop().run_in_executor(threads, next, pieces, None)
        try:
            piece = await asyncio.shield(making)
        except asyncio.CancelledError:
            # A thread cannot be interrupted, and the response must not be closed before it has finished.
            await asyncio.wait({making})
            raise
        if piece is None:
            return
        yield piece

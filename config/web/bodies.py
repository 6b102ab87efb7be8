"""Reading request bodies on the event loop, within limits of time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self

from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

from events.conf import conf
from events.exceptions import RequestProblem, Unavailable

#: Seconds in which a body must have come.
BODY_SECONDS = 30.0
#: What every body may take without being counted.
UNCOUNTED_BYTES = 256 * 1024


class IncompleteBody(RequestProblem):
    """The body ended before its end, or is not what its Content-Length or Transfer-Encoding says; send it again."""

    code = "incomplete_body"


class SlowBody(RequestProblem):
    """The body did not come in time; send it faster, or in smaller parts."""

    status = 408
    code = "too_slow"


class BodyMemory:
    """What the large bodies of a process may take together, in bytes.

    It is counted as the bytes arrive, so a client that announces much and sends little takes little.
    """

    def __init__(self, limit: int) -> None:
        self.free = limit


class Share:
    """What the body of one request takes of the memory; a context manager that gives it back."""

    __slots__ = ("_memory", "_taken")

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.free += self._taken

    def grow(self, length: int) -> None:
        """Takes what a body of that length needs; raises Unavailable if there is not that much left."""
        missing = length - UNCOUNTED_BYTES - self._taken
        if missing > self._memory.free:
            raise Unavailable(
                "Too many large requests come in at the moment; send this one again later, or in smaller parts.",
                code="too_many_large_bodies",
            )
        if missing > 0:
            self._memory.free -= missing
            self._taken += missing


async def read_body(meta: Mapping[str, str], protocol: HTTPProtocol, share: Share) -> bytes:
    """The body of a request with these headers; of one over MAX_BODY_BYTES only as much as shows that it is.

    Raises:
        RequestProblem: it is incomplete, too slow, or there is no room for it.
        ProtocolClosed: the client is gone.
    """
    length = None if "HTTP_TRANSFER_ENCODING" in meta else _length_of(meta)
    if length is not None and not 0 < length <= conf.MAX_BODY_BYTES:
        return b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if length is not None and length <= UNCOUNTED_BYTES:
                return await protocol()
            return await _read_pieces(protocol, length, share)
    except TimeoutError:
        raise SlowBody(f"The body did not come within {BODY_SECONDS:g} s.") from None


async def _read_pieces(protocol: HTTPProtocol, length: int | None, share: Share) -> bytes:
    body = bytearray()
    is_over = False
    async for piece in protocol:
        # granian ends a body with one empty piece, and a broken one with two.
        if is_over:
            raise IncompleteBody
        is_over = not piece
        body += piece
        if len(body) > conf.MAX_BODY_BYTES:
            return bytes(body)
        share.grow(len(body))
    if length is not None and len(body) != length:
        raise IncompleteBody
    return bytes(body)


def _length_of(meta: Mapping[str, str]) -> int:
    text = meta.get("CONTENT_LENGTH", "")
    return int(text) if text.isascii() and text.isdecimal() else 0

"""Streaming responses to clients that wait for an operation: its progress as server-sent events, or its end.

They are asynchronous, so that the web server sends them without holding a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from django.http import StreamingHttpResponse

from events.api.responses import JSON, encode
from events.clock import utc_now
from events.operations import OperationStatus
from events.watched_operations import Watch

EVENT_STREAM = "text/event-stream"
#: How long a stream may last, in seconds; a client of EventSource connects again by itself.
LONGEST_STREAM_SECONDS = 3600.0


def progress_stream(watch: Watch, first: OperationStatus) -> StreamingHttpResponse:
    """The operation as server-sent events, each its JSON: at changes, at least every second, the last with 100."""

    def render(status: OperationStatus, _last: bool) -> bytes:
        return b"data: " + encode(status.as_document(now=utc_now())) + b"\n\n"

    updates = OperationUpdates(watch, seconds=LONGEST_STREAM_SECONDS, render=render, first=first)
    return _streamed(updates, content_type=EVENT_STREAM)


def response_when_done(watch: Watch, first: OperationStatus, *, seconds: float) -> StreamingHttpResponse:
    """The operation as JSON, once it is done or the time is over."""

    def render(status: OperationStatus, last: bool) -> bytes | None:
        return encode(status.as_document(now=utc_now())) if last else None

    return _streamed(OperationUpdates(watch, seconds=seconds, render=render, first=first), content_type=JSON)


def _streamed(updates: OperationUpdates, *, content_type: str) -> StreamingHttpResponse:
    # The response closes `updates` when it is closed.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(updates, content_type=content_type, headers=headers)


class OperationUpdates:
    """The body of a response that lasts as long as a watch; iterated once.

    Args:
        seconds: after which it ends, done or not.
        render: the bytes for a status, None for nothing; the flag says that it is the last one.
        first: what is known now.
    """

    def __init__(
        self,
        watch: Watch,
        *,
        seconds: float,
        render: Callable[[OperationStatus, bool], bytes | None],
        first: OperationStatus,
    ) -> None:
        self._watch = watch
        self._end = time.monotonic() + seconds
        self._render = render
        self._status = first

    def close(self) -> None:
        """The client is gone, or has all."""
        self._watch.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Costs nothing between two pieces."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        self._watch.on_news = partial(loop.call_soon_threadsafe, came.set)
        while True:
            is_last = self._status.is_done or not self._seconds_left
            piece = self._render(self._status, is_last)
            if piece is not None:
                yield piece
            if is_last:
                return
            await self._wait_for(came)

    async def _wait_for(self, came: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._seconds_left):
                while self._watch.news.empty():
                    came.clear()
                    if self._watch.news.empty():
                        await came.wait()
        except TimeoutError:
            return
        self._status = self._watch.news.get_nowait()

    @property
    def _seconds_left(self) -> float:
        return max(0.0, self._end - time.monotonic())

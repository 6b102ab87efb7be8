"""Answers that wait for an operation: its progress as server-sent events, or its end.

They are streaming responses, so that any server can send them. Ours (config.web) takes the watch out of the response
and serves it without a thread.
"""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from django.http import StreamingHttpResponse

from events.api.responses import JSON, encode
from events.clock import utc_now
from events.operations import OperationStatus
from events.watching import Watch

EVENT_STREAM = "text/event-stream"
#: How long a stream may last, in seconds; a client of EventSource connects again by itself.
LONGEST_STREAM_SECONDS = 3600.0


class Live:
    """What is sent while a watch lasts; iterated either way, once.

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

    def __iter__(self) -> Iterator[bytes]:
        """Blocks its thread between two pieces."""
        try:
            while not self._is_last():
                yield from self._news()
                try:
                    self._status = self._watch.news.get(timeout=self._seconds_left)
                except queue.Empty:
                    continue
            yield from self._news()
        finally:
            self.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Costs nothing between two pieces."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        self._watch.on_news = partial(loop.call_soon_threadsafe, came.set)
        try:
            while not self._is_last():
                for piece in self._news():
                    yield piece
                await self._wait_for(came)
            for piece in self._news():
                yield piece
        finally:
            self.close()

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

    def _news(self) -> Iterator[bytes]:
        piece = self._render(self._status, self._is_last())
        if piece is not None:
            yield piece

    def _is_last(self) -> bool:
        return self._status.is_done or not self._seconds_left

    @property
    def _seconds_left(self) -> float:
        return max(0.0, self._end - time.monotonic())


class LiveAnswer(StreamingHttpResponse):
    """A response whose body is a `Live`."""

    def __init__(self, live: Live, *, content_type: str) -> None:
        super().__init__(iter(live), content_type=content_type)
        self.live: Live | None = live
        self["Cache-Control"] = "no-cache"
        self["X-Accel-Buffering"] = "no"

    def take_live(self) -> Live:
        """What is to be sent; the response itself no longer cares for it."""
        assert self.live is not None, "it was taken already"
        live, self.live = self.live, None
        return live

    def close(self) -> None:
        """Called by servers when all is sent, or the client is gone."""
        super().close()
        if self.live is not None:
            self.live.close()


def progress_stream(watch: Watch, first: OperationStatus) -> LiveAnswer:
    """The operation as server-sent events, each its JSON: at changes, at least every second, the last with 100."""

    def render(status: OperationStatus, _last: bool) -> bytes:
        return b"data: " + encode(status.as_document(now=utc_now())) + b"\n\n"

    live = Live(watch, seconds=LONGEST_STREAM_SECONDS, render=render, first=first)
    return LiveAnswer(live, content_type=EVENT_STREAM)


def answer_when_done(watch: Watch, first: OperationStatus, *, seconds: float) -> LiveAnswer:
    """The operation as JSON, once it is done or the time is over."""

    def render(status: OperationStatus, last: bool) -> bytes | None:
        return encode(status.as_document(now=utc_now())) if last else None

    return LiveAnswer(Live(watch, seconds=seconds, render=render, first=first), content_type=JSON)

"""Whatever becomes of a request, its response is closed, and with it what a waiting client had."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

import pytest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from config.web import application as module
from config.web.application import Application
from events import watched_operations
from events.watched_operations import Watchers
from tests.support.web.in_process import Scope

Serve: TypeAlias = Callable[[Callable[[], HttpResponseBase]], Application]


class Protocol:
    """A client that says nothing more, and takes what it is sent until it goes away."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_reading = asyncio.Event()
        self.is_sent = asyncio.Event()
        self.is_gone = asyncio.Event()

    async def __call__(self) -> bytes:
        self.is_reading.set()
        await asyncio.Event().wait()
        return b""

    async def client_disconnect(self) -> None:
        await self.is_gone.wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.sent.append(body)

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Protocol:
        return self

    async def send_bytes(self, piece: bytes) -> None:
        self.sent.append(piece)
        self.is_sent.set()


class Updates:
    """A response's body that begins and does not end, with a watch that its end closes."""

    def __init__(self, watchers: Watchers) -> None:
        self.watch = watchers.watch(uuid.uuid4())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    def close(self) -> None:
        self.watch.close()


@pytest.fixture
def watchers(monkeypatch: pytest.MonkeyPatch) -> Watchers:
    """Those of a process; there are no operations."""
    monkeypatch.setattr(watched_operations, "find_operations", lambda _ids: [])
    return Watchers()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """An application with that one view; its responses are kept, so that none is closed by being forgotten."""
    kept: list[HttpResponseBase] = []

    def application_of(view: Callable[[], HttpResponseBase]) -> Application:
        def handler(_environ: object, _start_response: object) -> HttpResponseBase:
            kept.append(view())
            return kept[-1]

        monkeypatch.setattr(module, "handler", handler)
        return Application()

    yield application_of
    assert all(response.closed for response in kept)


async def cancel(request: asyncio.Task[None]) -> None:
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request


def test_a_request_that_is_cancelled_while_its_body_comes_reaches_no_view(serve: Serve) -> None:
    views: list[str] = []

    async def run() -> None:
        application = serve(lambda: views.append("called") or HttpResponse())
        protocol = Protocol()
        request = asyncio.ensure_future(application.__rsgi__(Scope(headers={"content-length": "5"}), protocol))
        await protocol.is_reading.wait()
        await cancel(request)

    asyncio.run(run())
    assert views == []


def test_a_response_that_comes_after_its_request_was_cancelled_is_closed(serve: Serve, watchers: Watchers) -> None:
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def view() -> HttpResponseBase:
        begun.set()
        go_on.wait(10)
        response = StreamingHttpResponse(Updates(watchers))
        response._resource_closers.append(closed.set)
        return response

    async def run() -> None:
        request = asyncio.ensure_future(serve(view).__rsgi__(Scope(), Protocol()))
        await asyncio.to_thread(begun.wait, 10)
        await cancel(request)
        go_on.set()
        assert await asyncio.to_thread(closed.wait, 10)

    asyncio.run(run())
    assert watchers.count == 0


def test_a_stream_that_is_cancelled_is_closed(serve: Serve, watchers: Watchers) -> None:
    async def run() -> None:
        protocol = Protocol()
        request = asyncio.ensure_future(
            serve(lambda: StreamingHttpResponse(Updates(watchers))).__rsgi__(Scope(), protocol)
        )
        await protocol.is_sent.wait()
        await cancel(request)
        assert protocol.sent == [b"first"]

    asyncio.run(run())
    assert watchers.count == 0


def test_a_stream_whose_client_is_gone_before_it_begins_is_closed(serve: Serve, watchers: Watchers) -> None:
    async def run() -> None:
        protocol = Protocol()
        protocol.is_gone.set()
        await serve(lambda: StreamingHttpResponse(Updates(watchers))).__rsgi__(Scope(), protocol)

    asyncio.run(run())
    assert watchers.count == 0


def test_a_response_that_is_forgotten_gives_its_place_back(watchers: Watchers) -> None:
    response = StreamingHttpResponse(Updates(watchers))
    assert watchers.count == 1
    del response  # as when middleware fails after the view
    assert watchers.count == 0


def test_a_download_is_closed_when_the_thread_that_makes_a_piece_has_finished(serve: Serve) -> None:
    begun, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"first"
            begun.set()
            go_on.wait(10)
            yield b"second"
        finally:
            ended.append("closed")

    async def run() -> None:
        protocol = Protocol()
        request = asyncio.ensure_future(serve(lambda: StreamingHttpResponse(pieces())).__rsgi__(Scope(), protocol))
        await asyncio.to_thread(begun.wait, 10)
        request.cancel()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not request.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert (ended, protocol.sent) == (["closed"], [b"first"])

    asyncio.run(run())

"""The web application in this process: as granian calls it, without granian."""

import asyncio
import gc
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from django.test import Client

from config.web.application import Application

SECONDS = 60


class Scope(SimpleNamespace):
    """A GET, or what is different from it; the names of headers are in lower case."""

    def __init__(self, **different: Any) -> None:
        usual = {"method": "GET", "path": "/", "query_string": "", "scheme": "http", "http_version": "1.1"}
        addresses = {"server": "127.0.0.1:8000", "client": "127.0.0.1:1", "headers": {}}
        super().__init__(**usual | addresses | different)


@dataclass
class Response:
    """What was sent to a client."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Protocol:
    """A client that has sent its whole body, and takes one response that is sent at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.response = Response()

    async def __call__(self) -> bytes:
        return self._body

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.response = Response(status, dict(headers), body)


class WebProcess:
    """An application on an event loop of its own; a context manager."""

    def __init__(self) -> None:
        self._application = Application()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._application.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._application.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        gc.collect()  # the threads' database connections

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Its result, on the event loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(SECONDS)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Response:
        """Posts a body, perhaps with a query behind the path; any thread may."""
        path, _, query = path.partition("?")
        usual = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
        protocol = Protocol(body)
        scope = Scope(method="POST", path=path, query_string=query, headers=usual | headers)
        self.run(self._application.__rsgi__(scope, protocol))
        return protocol.response


def through_django(path: str, body: bytes, headers: dict[str, str]) -> Response:
    """Posts a body to its view by Django's handler."""
    sent = {"content-type": "application/json"} | headers
    response = Client().post(path, body, headers=sent, content_type=sent["content-type"])
    return Response(response.status_code, {name.lower(): value for name, value in response.items()}, response.content)

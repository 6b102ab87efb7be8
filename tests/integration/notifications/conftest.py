"""A notification service that the tests look into."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


class Receiver:
    """What the service was sent, and how it answers."""

    def __init__(self, server: HTTPServer) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Response] = []
        server.expect_request("/v1/notify", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self.calls.append((request.headers["Idempotency-Key"], request.get_json()))
        return self.answers.pop(0) if self.answers else Response(status=202)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was sent, without the words."""
        return [{name: value for name, value in body.items() if name != "message"} for _, body in self.calls]


@pytest.fixture
def receiver(httpserver: HTTPServer, settings: Settings) -> Iterator[Receiver]:
    """The notification service."""
    settings.NOTIFY_URL = httpserver.url_for("/v1/notify")
    yield Receiver(httpserver)
    httpserver.check_handler_errors()

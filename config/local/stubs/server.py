"""The stub services' HTTP side: one server, a thread per connection."""

import json
import random
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.environment import read
from config.local.conf import LocalSettings
from config.local.stubs import responses

REMEMBERED_NOTIFICATIONS = 1000
Response = tuple[HTTPStatus, Any]


@dataclass
class Conduct:
    """How the services behave; it can be changed while they run."""

    latency_seconds: float = 0.0
    failure_rate: float = 0.0
    """Share of calls that are answered 503."""


@dataclass
class Services:
    """The four services' state and responses."""

    conduct: Conduct = field(default_factory=Conduct)
    notifications: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_NOTIFICATIONS))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def region(self, query: dict[str, str]) -> Response:
        """GET /regions?user_id=…"""
        user = query.get("user_id")
        return (HTTPStatus.OK, responses.region(user)) if user else _missing("user_id")

    def model(self, query: dict[str, str]) -> Response:
        """GET /models?device_type=…"""
        device = query.get("device_type")
        return (HTTPStatus.OK, responses.model(device)) if device else _missing("device_type")

    def rates(self, query: dict[str, str]) -> Response:
        """GET /rates?base=USD&symbols=EUR,GBP"""
        symbols = [symbol for symbol in query.get("symbols", "").split(",") if symbol]
        found = responses.rates(query.get("base", ""), symbols)
        return (HTTPStatus.OK, found) if found else (HTTPStatus.NOT_FOUND, {"error": "unknown currency"})

    def notify(self, body: Any, idempotency_key: str | None) -> Response:
        """POST /v1/notify"""
        if not isinstance(body, dict):
            return HTTPStatus.BAD_REQUEST, {"error": "a notification is a JSON object"}
        received = {"received_at": datetime.now(UTC).isoformat(), "idempotency_key": idempotency_key, "body": body}
        with self._lock:
            self.notifications.append(received)
        return HTTPStatus.ACCEPTED, {"accepted": True}

    def notified(self) -> Response:
        """GET /v1/notify: what was sent, oldest first."""
        with self._lock:
            return HTTPStatus.OK, list(self.notifications)

    def control(self, body: Any) -> Response:
        """PUT /control {"latency_seconds": …, "failure_rate": …}; what is not named stays."""
        try:
            latency = float(body.get("latency_seconds", self.conduct.latency_seconds))
            rate = float(body.get("failure_rate", self.conduct.failure_rate))
        except (AttributeError, TypeError, ValueError):
            return HTTPStatus.BAD_REQUEST, {"error": "latency_seconds and failure_rate are numbers"}
        if latency < 0 or not 0 <= rate <= 1:
            return HTTPStatus.BAD_REQUEST, {"error": "latency_seconds is 0 or more, failure_rate from 0 to 1"}
        self.conduct = Conduct(latency, rate)
        return HTTPStatus.OK, {"latency_seconds": latency, "failure_rate": rate}


class StubServer(ThreadingHTTPServer):
    """Serves `services`; a slow response holds up nobody else."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], services: Services) -> None:
        super().__init__(address, _Handler)
        self.services = services


def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; STUB_LATENCY_SECONDS and STUB_FAILURE_RATE say how well."""
    conduct = Conduct(
        latency_seconds=read(LocalSettings.STUB_LATENCY_SECONDS), failure_rate=read(LocalSettings.STUB_FAILURE_RATE)
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with StubServer((host, port), Services(conduct)) as server, suppress(KeyboardInterrupt):
        server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept open
    # Headers and body go out in one packet; sent apart, the second would wait for the client's delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120
    server: StubServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        services = self.server.services
        if address.path == "/v1/notify":
            self._send(*services.notified())
            return
        routes: dict[str, Callable[[dict[str, str]], Response]] = {
            "/regions": services.region,
            "/models": services.model,
            "/rates": services.rates,
        }
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        route = routes.get(address.path)
        self._send(*(self._behave(lambda: route(query)) if route else _unknown()))

    def do_POST(self) -> None:
        body, key = self._body(), self.headers.get("Idempotency-Key")
        known = urlsplit(self.path).path == "/v1/notify"
        self._send(*(self._behave(lambda: self.server.services.notify(body, key)) if known else _unknown()))

    def do_PUT(self) -> None:
        body = self._body()
        self._send(*(self.server.services.control(body) if self.path == "/control" else _unknown()))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: thousands of calls a second may come."""

    def _behave(self, respond: Callable[[], Response]) -> Response:
        conduct = self.server.services.conduct
        if conduct.latency_seconds:
            time.sleep(conduct.latency_seconds)
        if conduct.failure_rate and random.random() < conduct.failure_rate:  # noqa: S311 - not a secret
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "a failure, as asked for"}
        return respond()

    def _body(self) -> Any:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            return json.loads(data)
        except ValueError:
            return None

    def _send(self, status: HTTPStatus, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _missing(parameter: str) -> Response:
    return HTTPStatus.BAD_REQUEST, {"error": f"the parameter {parameter} is missing"}


def _unknown() -> Response:
    return HTTPStatus.NOT_FOUND, {"error": "no such route"}

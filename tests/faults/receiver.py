"""A notification service in this process, which notes what it was sent and when."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One notification as it arrived."""

    at: datetime
    key: str
    body: dict[str, Any]


@dataclass
class Receiver:
    """What arrived, oldest first."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)

    def first_calls(self) -> dict[str, Call]:
        """By Idempotency-Key, what arrived first: a service that knows the keys takes no more."""
        first: dict[str, Call] = {}
        for call in list(self.calls):
            first.setdefault(call.key, call)
        return first


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serves on loopback while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            arrived = datetime.now(UTC)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.calls.append(Call(arrived, self.headers["Idempotency-Key"], body))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/v1/notify"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()

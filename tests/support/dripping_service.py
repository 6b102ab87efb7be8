"""A notification service that sends some of its responses a byte at a time, and never comes to their end."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Seconds between two bytes: no single read takes long enough for a time-out of its own.
PAUSE_SECONDS = 0.02


@dataclass
class DrippingService:
    """Accepts every notification; how it says so depends on the user.

    Attributes:
        drips: for which users the response drips. A response that has begun to drip goes on until the client hangs up.
        head: what a dripping response sends at once; from there on it drips.
        calls: (Idempotency-Key, user) of each call, as it arrived.
        accepted: users who got a whole response.
        hung_up: how many dripping responses the client left.
    """

    drips: Callable[[str], bool]
    head: bytes = b"HTTP/1.1 202 Accepted\r\nX-Padding: "
    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def cure(self) -> None:
        """From now on no response begins to drip."""
        self.drips = lambda user: False

    def respond(self, key: str, user: str, write: Callable[[bytes], object]) -> bool:
        """Writes the response to one notification; whether it is whole."""
        self.calls.append((key, user))
        if not self.drips(user):
            write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            self.accepted.append(user)
            return True
        try:
            write(self.head)
            while not self._stopped.wait(PAUSE_SECONDS):
                write(b".")
        except OSError:
            self.hung_up.append(user)
        return False

    def stop(self) -> None:
        """Breaks the responses that still drip off."""
        self._stopped.set()


@contextmanager
def serve(service: DrippingService) -> Iterator[DrippingService]:
    """Serves on a free port of loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not service.respond(self.headers["Idempotency-Key"], body["user_id"], self.wfile.write):
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}/v1/notify"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.stop()
            server.shutdown()
            thread.join()

"""An outside service for tests: a real HTTP server whose conduct a test decides, and which remembers its calls."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Reply = tuple[int, bytes, dict[str, str]]


def json_reply(text: str, status: int = 200) -> Reply:
    return status, text.encode(), {"Content-Type": "application/json"}


def region_of(key: str) -> Reply:
    return json_reply(f'{{"region": "region of {key}"}}')


@dataclass
class OutsideService:
    """Answers every GET by `conduct`, called with the value of the query's only parameter."""

    conduct: Callable[[str], Reply] = region_of
    calls: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def template(self) -> str:
        return f"{self.url}/look?user_id={{user_id}}"

    @property
    def calls_by_key(self) -> Counter[str]:
        with self._lock:
            return Counter(self.calls)

    def answer(self, key: str) -> Reply:
        with self._lock:
            self.calls.append(key)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.conduct(key)
        finally:
            with self._lock:
                self.at_once -= 1


def after(seconds: float, conduct: Callable[[str], Reply] = region_of) -> Callable[[str], Reply]:
    """The same conduct, slower: what a test of slowness is about."""

    def slow(key: str) -> Reply:
        time.sleep(seconds)
        return conduct(key)

    return slow


@contextmanager
def serve(service: OutsideService) -> Iterator[OutsideService]:
    """Serves it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            status, body, headers = service.answer(next(iter(query.values()))[0] if query else self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client had enough

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield service
        server.shutdown()
        thread.join()

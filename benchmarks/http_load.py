"""A load generator that leaves the processors to what is measured: one process, raw sockets, bytes made beforehand.

It knows as much of HTTP as it needs: keep-alive, and responses with a Content-Length.
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
RESPONSE_SECONDS = 30.0


@dataclass
class LoadReport:
    """What clients saw. Moments are of time.monotonic(), which all processes of a machine share.

    Attributes:
        ended_at: when the last request was sent.
        answered: requests that were answered until then.
        unanswered: requests whose connection the server closed instead.
        statuses: how many responses of each HTTP status.
        latencies: seconds from sending to the whole response, of each request, in the order answered.
    """

    started_at: float
    ended_at: float = 0.0
    answered: int = 0
    unanswered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: array[float] = field(default_factory=lambda: array("d"))

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.answered / (self.ended_at - self.started_at)


def post(path: str, body: str, *, key: str | None = None) -> bytes:
    """The bytes of a request with a JSON body, and perhaps an API key."""
    content = body.encode()
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@dataclass(frozen=True)
class Load:
    """What to send.

    Attributes:
        make_requests: called in the load's own process, so it must be importable there; makes the requests' bytes.
        arguments: its keyword arguments.
        clients: connections, each with one request under way.
        seconds: when to stop, if the requests do not end before.
        per_second: no faster than that, all clients together; None: as fast as they are answered.
    """

    port: int
    make_requests: Callable[..., list[bytes]]
    arguments: dict[str, object]
    clients: int
    seconds: float | None = None
    per_second: float | None = None


class LoadProcess:
    """Runs a load beside the caller; `report()` waits for its end."""

    def __init__(self, load: Load) -> None:
        self._executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        self._future: Future[LoadReport] = self._executor.submit(_run, load)

    @property
    def is_running(self) -> bool:
        """Whether it still sends, or prepares to."""
        return not self._future.done()

    def report(self) -> LoadReport:
        try:
            return self._future.result()
        finally:
            self._executor.shutdown()


def run_load(load: Load) -> LoadReport:
    """Runs a load to its end; raises RuntimeError if anything was not accepted."""
    report = LoadProcess(load).report()
    require_accepted(report)
    return report


def require_accepted(report: LoadReport) -> None:
    """Raises RuntimeError unless every response was 202, and nearly every request was answered."""
    if set(report.statuses) != {202} or report.unanswered * 10_000 > report.statuses.total():
        raise RuntimeError(
            f"Not every request was accepted: responses {dict(report.statuses)}, {report.unanswered} unanswered."
        )


class _Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=RESPONSE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._response = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.monotonic()
        # The server reads the whole request before it responds, so this does not wait for us to read.
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status, once the whole response is there."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self._response += part
        head_end = self._response.find(b"\r\n\r\n")
        length = _LENGTH.search(self._response, 0, head_end) if head_end >= 0 else None
        if length is None or len(self._response) < head_end + 4 + int(length[1]):
            return None
        status = int(self._response[9:12])
        self._response = b""
        return status


def _run(load: Load) -> LoadReport:
    requests = iter(load.make_requests(**load.arguments))
    clients = [_Client(load.port) for _ in range(load.clients)]
    report = LoadReport(started_at=time.monotonic())
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
        waiting = _send_all(load, clients, requests, selector, report)
        report.ended_at, report.answered = time.monotonic(), len(report.latencies)
        while waiting > 0:
            waiting -= len(_take_responses(selector, RESPONSE_SECONDS, report))
    for client in clients:
        client.socket.close()
    return report


def _send_all(
    load: Load,
    clients: Sequence[_Client],
    requests: Iterator[bytes],
    selector: selectors.BaseSelector,
    report: LoadReport,
) -> int:
    """Keeps each client busy until the requests or the seconds are over; how many responses are still to come."""
    end = report.started_at + load.seconds if load.seconds else float("inf")
    due, pause = report.started_at, 1 / load.per_second if load.per_second else 0.0
    free = list(clients)
    while (now := time.monotonic()) < end:
        while free and due <= now:
            request = next(requests, None)
            if request is None:
                return len(clients) - len(free)
            free.pop().send(request)
            due += pause
        free += _take_responses(selector, max(0.0, due - now) if free else end - now, report)
    return len(clients) - len(free)


def _take_responses(selector: selectors.BaseSelector, seconds: float, report: LoadReport) -> list[_Client]:
    """Waits that long for responses; the clients that are free again."""
    seconds = min(seconds, RESPONSE_SECONDS)
    ready = selector.select(seconds)
    if not ready and seconds == RESPONSE_SECONDS:
        raise TimeoutError(f"No response within {RESPONSE_SECONDS:.0f} s.")
    free = []
    for key, _ in ready:
        client: _Client = key.data
        try:
            status = client.receive()
        except ConnectionError:
            report.unanswered += 1
            selector.unregister(client.socket)
            client.connect()
            selector.register(client.socket, selectors.EVENT_READ, client)
            free.append(client)
            continue
        if status is not None:
            report.statuses[status] += 1
            report.latencies.append(time.monotonic() - client.sent_at)
            free.append(client)
    return free

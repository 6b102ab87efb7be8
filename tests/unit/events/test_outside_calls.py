"""Calls to an outside service end in time, whatever the service does; only whole responses count as such."""

import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from events.outside_calls import CallFailed, OutsideService, TooLarge, TooSlow, retry_after_seconds

CERTIFICATE = Path(__file__).resolve().parents[2] / "data" / "localhost.pem"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: value\r\n\r\nhello"
#: A service drips for so many bytes and then comes to an end: a client that waits for all of them is found out.
DRIPS = 300

Send = Callable[[bytes], None]


class Server:
    """Accepts connections on loopback; for each request on them `respond` sends what it likes."""

    def __init__(self, *, tls: bool = False) -> None:
        self.respond: Callable[[Send], None] = lambda send: send(WHOLE)
        self.requests: list[bytes] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listening.getsockname()[1]}/a?b=c"
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(CERTIFICATE)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                incoming = connection.makefile("rb")
                while request := _request(incoming):
                    self.requests.append(request)
                    self.respond(connection.sendall)
        except OSError:
            pass  # the client had enough

    def close(self) -> None:
        self._listening.close()


def _request(incoming: BinaryIO) -> bytes:
    """The next request, whole; empty if the client is gone."""
    # A client that is gone gives empty lines without end.
    head = b"".join(itertools.takewhile(lambda line: line not in {b"\r\n", b""}, iter(incoming.readline, None)))
    return head + incoming.read(2 if b"\r\nContent-Length: 2\r\n" in head else 0)


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server over plain HTTP, and one over TLS."""
    made = Server(tls=request.param == "https")
    yield made
    made.close()


@pytest.fixture
def service(server: Server) -> OutsideService:
    made = OutsideService(server.url, headers={"X-Common": "all"}, connections=4)
    made._session.verify = str(CERTIFICATE)
    return made


def call(service: OutsideService, server: Server, *, seconds: float = 30, most_bytes: int = 100) -> tuple[int, bytes]:
    with service.call("GET", server.url, seconds=seconds, most_bytes=most_bytes) as response:
        return response.status, response.read()


def dripping(head: bytes, drip: bytes, end: bytes) -> Callable[[Send], None]:
    """Sends the head at once, then the drip byte by byte, over and over, then the end."""

    def respond(send: Send) -> None:
        send(head)
        for byte in itertools.islice(itertools.cycle(drip), DRIPS * len(drip)):
            send(bytes([byte]))
            time.sleep(0.02)
        send(end)

    return respond


def test_a_response_is_read_whole_and_its_connection_kept(server: Server, service: OutsideService) -> None:
    for _ in range(3):
        with service.call(
            "POST", server.url, seconds=30, most_bytes=5, body=b"{}", headers={"X-Own": "one"}
        ) as response:
            assert (response.status, response.headers["x-name"], response.read()) == (200, "value", b"hello")
    assert server.connections == 1
    assert len(server.requests) == 3
    first, *headers, body = server.requests[0].split(b"\r\n")
    assert first == b"POST /a?b=c HTTP/1.1"
    assert {b"X-Common: all", b"X-Own: one", b"Content-Length: 2"} <= set(headers)
    assert body == b"{}"


@pytest.mark.parametrize(
    "respond",
    [
        dripping(b"HTTP/1.1 200 ", b"O", b"K\r\nContent-Length: 0\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Padding: ", b".", b"\r\nContent-Length: 0\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % DRIPS, b".", b""),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n", b"0\r\n\r\n"),
        dripping(b"HTTP/1.0 200 OK\r\n\r\n", b".", b""),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE),
    ],
    ids=["status line", "header", "body", "chunks", "body without a length", "interim responses"],
)
def test_a_response_that_drips_is_given_up_at_the_deadline_and_its_connection_closed(
    respond: Callable[[Send], None], server: Server, service: OutsideService
) -> None:
    server.respond = respond
    with pytest.raises(TooSlow, match=r"^took longer than 0\.3 s$"):
        call(service, server, seconds=0.3, most_bytes=100_000)
    server.respond = lambda send: send(WHOLE)
    assert call(service, server) == (200, b"hello")
    assert server.connections == 2


def test_the_deadline_of_one_call_is_not_that_of_the_next(
    server: Server, service: OutsideService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(service, server, seconds=30) == (200, b"hello")
    hour_later = time.monotonic() + 3600
    monkeypatch.setattr(time, "monotonic", lambda: hour_later)
    assert call(service, server, seconds=30) == (200, b"hello")
    assert server.connections == 1


def test_a_service_that_says_nothing_is_given_up(server: Server, service: OutsideService) -> None:
    server.respond = lambda send: None
    with pytest.raises(TooSlow):
        call(service, server, seconds=0.2)


def test_a_body_may_have_as_many_bytes_as_allowed_and_no_more(server: Server, service: OutsideService) -> None:
    assert call(service, server, most_bytes=5) == (200, b"hello")
    with pytest.raises(TooLarge, match="sent more than 4 bytes"):
        call(service, server, most_bytes=4)


def test_a_redirect_is_a_response_like_any_other(server: Server, service: OutsideService) -> None:
    server.respond = lambda send: send(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
    assert call(service, server) == (302, b"")
    assert len(server.requests) == 1


@pytest.mark.parametrize("sent", [b"", b"nonsense\r\n\r\n", WHOLE[:-1]])
def test_a_broken_response_is_a_failure(sent: bytes, server: Server, service: OutsideService) -> None:
    def respond(send: Send) -> None:
        send(sent)
        raise ConnectionAbortedError

    server.respond = respond
    with pytest.raises(CallFailed, match=r"^can't be reached: "):
        call(service, server)


def test_a_service_that_is_not_there_is_a_failure_that_names_the_cause() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with (
        pytest.raises(CallFailed, match="can't be reached: ConnectionRefusedError"),
        OutsideService(url, headers={}, connections=1).call("GET", url, seconds=30, most_bytes=1),
    ):
        pass


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1:1", "no.such.host.invalid", "me:hidden@127.0.0.1:1", "a b", ".host", "ho%st", "a" * 70]
)
def test_a_failure_does_not_repeat_what_may_be_a_key(host: str) -> None:
    url = f"http://{host}/regions?key=hidden"
    with (
        pytest.raises(CallFailed, match="can't be reached: ") as failure,
        OutsideService(url, headers={}, connections=1).call("GET", url, seconds=30, most_bytes=1),
    ):
        pass
    assert "hidden" not in str(failure.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("17", 17),
        (" 17 ", 17),
        ("Fri, 31 Dec 2021 23:59:59 GMT", 59),
        ("Fri, 31 Dec 2021 23:58:59 GMT", 0),
        ("Fri, 31 Dec 2021 23:59:59", None),
        ("soon", None),
        ("-5", None),
        ("99999", 3600),
        ("9" * 5000, 3600),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    now = datetime(2021, 12, 31, 23, 59, tzinfo=UTC)
    assert retry_after_seconds(header, now=now, at_most=3600) == seconds

"""The web server: clients that wait, are slow or go away hold up nobody, and a response that fails says so."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, IncompleteRead
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.acceptance.test_playback import interval, post
from tests.support.outside_service import OutsideService, json_reply, serve
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

#: More than the process has threads.
WAITING = 20
MAX_BODY_BYTES = 1_000_000
LARGE_BODY = b" " * 950_000 + b'{"user": "ann", "slug": "x", "at": 1}'


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    """A product of one web process whose region service answers when the tests are over."""
    with serve(OutsideService()) as service, ExitStack() as stack:
        over = Event()
        stack.callback(over.set)
        service.conduct = lambda key: json_reply(json.dumps({"region": str(over.wait(60))}))
        directory = tmp_path_factory.mktemp("web")
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.support.web.settings",
            "REGION_URL": service.template,
            "LOOKUP_TIMEOUT_SECONDS": "60",
            "MAX_WAITING_CLIENTS": str(WAITING),
            "MAX_BODY_BYTES": str(MAX_BODY_BYTES),
            "WEB_WORKERS": "1",
        }
        product = Tidemark(directory / "data", directory / "up", environment)
        product.wait_until_ready()
        yield product
        product.kill_tree()
        print(product.stderr()[-5000:])


@pytest.fixture
def operation(tidemark: Tidemark) -> str:
    """The path of an operation that does not end."""
    return f"/v1/operations/{post(tidemark, [interval('ann')])}"


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    """Connections that end with the test."""
    with ExitStack() as stack:
        yield stack


def connect(tidemark: Tidemark, request: str, body: bytes = b"") -> socket.socket:
    """A connection with a request sent on it: the request's line, further headers, and as much of a body."""
    connection = socket.create_connection(("127.0.0.1", tidemark.port), timeout=10)
    line, *headers = request.split("\n")
    head = [f"{line} HTTP/1.1", "Host: localhost", *headers]
    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return connection


def state(tidemark: Tidemark) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{tidemark.base_url}/tests/state", timeout=10).json()
    return document


def status_of_large_body(tidemark: Tidemark) -> int:
    return requests.post(tidemark.base_url, data=LARGE_BODY, timeout=10).status_code


def test_clients_that_wait_or_are_slow_hold_up_nobody(tidemark: Tidemark, operation: str, clients: ExitStack) -> None:
    # As many as may wait do so, and the next one is asked to come back.
    streams = [
        clients.enter_context(requests.get(f"{tidemark.base_url}{operation}/progress", stream=True, timeout=10))
        for _ in range(WAITING)
    ]
    assert [stream.status_code for stream in streams] == [200] * WAITING
    for path in (f"{operation}/progress", f"{operation}?wait=20"):
        refused = requests.get(tidemark.base_url + path, timeout=10)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert refused.headers["Content-Type"] == "application/problem+json"

    # Far more slow senders than threads: their bodies never come.
    for _ in range(40):
        clients.enter_context(connect(tidemark, "POST /v1/events\nContent-Length: 1000", b"{"))
    for number in range(20):
        beat = {"user": "ann", "slug": "x", "at": number}
        assert requests.post(f"{tidemark.base_url}/", json=beat, timeout=5).status_code == 202

    # A client that goes away leaves its place to another.
    streams[0].close()
    wait_until(
        lambda: requests.get(f"{tidemark.base_url}{operation}?wait=1", timeout=10).status_code == 200,
        what="there is a place",
    )


@pytest.mark.parametrize("user", ["a b", "ü", "50%", "a%41", "a+b", "a&b=c#d?e"])
def test_a_path_is_decoded_once(tidemark: Tidemark, user: str) -> None:
    assert (
        requests.post(f"{tidemark.base_url}/", json={"user": user, "slug": "x", "at": 1}, timeout=5).status_code == 202
    )
    path = f"/v1/users/{quote(user, safe='')}/watch-time"
    wait_until(lambda: tidemark.status(path) == 200, what="the user is found")
    assert requests.get(tidemark.base_url + path, timeout=5).json()["user"] == user


def test_waiting_clients_that_sent_a_body_in_chunks_do_not_hold_up_large_bodies(
    tidemark: Tidemark, operation: str, clients: ExitStack
) -> None:
    for _ in range(WAITING):
        request = f"GET {operation}/progress\nTransfer-Encoding: chunked"
        stream = clients.enter_context(connect(tidemark, request, b"2\r\n{}\r\n0\r\n\r\n"))
        assert stream.recv(1000).startswith(b"HTTP/1.1 200")
    assert status_of_large_body(tidemark) == 202


@pytest.mark.parametrize("length", ["Transfer-Encoding: chunked", f"Content-Length: {MAX_BODY_BYTES}"])
def test_slow_senders_of_large_bodies_do_not_hold_up_others(
    tidemark: Tidemark, clients: ExitStack, length: str
) -> None:
    for _ in range(40):
        clients.enter_context(connect(tidemark, f"POST /v1/events\n{length}", b"5\r\n[    \r\n"))
    assert status_of_large_body(tidemark) == 202


def test_large_bodies_beyond_what_a_process_may_hold_are_refused_until_there_is_room(
    tidemark: Tidemark, clients: ExitStack
) -> None:
    for _ in range(40):
        slow = connect(tidemark, f"POST /v1/events\nContent-Length: {MAX_BODY_BYTES}")
        clients.enter_context(slow)
        with suppress(OSError):  # those that there is no room for are refused, too
            slow.sendall(b" " * (len(LARGE_BODY) - 1))

    wait_until(lambda: status_of_large_body(tidemark) == 503, what="a large body is refused")
    refused = requests.post(tidemark.base_url, data=LARGE_BODY, timeout=10)
    assert (refused.headers["Retry-After"], refused.json()["code"]) == ("2", "too_many_large_bodies")
    beat = {"user": "ann", "slug": "x", "at": 1}
    assert requests.post(f"{tidemark.base_url}/", json=beat, timeout=5).status_code == 202, "small ones need no room"

    clients.close()
    wait_until(lambda: status_of_large_body(tidemark) == 202, what="there is room again")


@pytest.mark.parametrize(
    ("length", "body"),
    [
        ("Content-Length: 400000", b'{"type": "heartbeat", "user": "cut", "slug": "x", "at": 1}\n' * 5),
        ("Transfer-Encoding: chunked", b'3C\r\n{"type": "heartbeat", "user": "cut", "slug": "x", "at": 1 }\n\r\n'),
    ],
)
def test_a_body_that_is_cut_off_is_not_taken_for_a_complete_one(tidemark: Tidemark, length: str, body: bytes) -> None:
    before = state(tidemark)["operations"]
    with connect(tidemark, f"POST /v1/events\nContent-Type: application/x-ndjson\n{length}", body) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert b" 202 " not in connection.recv(1000)
    assert state(tidemark)["operations"] == before


def test_a_body_without_length_that_does_not_end_is_cut_off(tidemark: Tidemark) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 10_000

    try:
        status = requests.post(f"{tidemark.base_url}/v1/events", data=endless(), timeout=10).status_code
    except requests.ConnectionError:
        status = 413  # the server closed the connection before the client would read
    assert status == 413
    assert tidemark.status("/healthz") == 200


def test_large_responses_come_whole(tidemark: Tidemark) -> None:
    path = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    whole = requests.get(tidemark.base_url + path, timeout=20)
    assert whole.status_code == 200
    assert len(whole.content) == int(whole.headers["Content-Length"]) > 1_000_000
    assert b"SwaggerUI" in whole.content
    assert requests.head(tidemark.base_url + path, timeout=10).content == b""
    assert requests.get(f"{tidemark.base_url}/v1/exports/serving_events.csv", timeout=10).text.startswith("eventId,")


def test_large_responses_that_nobody_reads_hold_up_nobody_and_take_no_memory(
    tidemark: Tidemark, clients: ExitStack
) -> None:
    before = state(tidemark)["made"]
    for _ in range(WAITING):
        clients.enter_context(connect(tidemark, "GET /tests/large"))
    stalled = clients.enter_context(connect(tidemark, "GET /tests/large"))
    assert stalled.recv(1000).startswith(b"HTTP/1.1 200")

    counts = [-1, -2]

    def is_steady() -> bool:
        counts.append(state(tidemark)["made"])
        return len(set(counts[-20:])) == 1

    wait_until(is_steady, what="no more is made")
    assert counts[-1] - before < 20 * (WAITING + 1), "what the sockets hold, of 400 pieces each"


def test_a_response_that_fails_midway_does_not_end_like_a_complete_one(tidemark: Tidemark) -> None:
    connection = HTTPConnection("127.0.0.1", tidemark.port, timeout=10)
    connection.request("GET", "/tests/failing")
    # The connection may break before its first bytes were sent.
    with pytest.raises((IncompleteRead, ConnectionError)):
        connection.getresponse().read()


def test_clients_that_go_away_at_any_time_leave_nothing_behind(
    tidemark: Tidemark, operation: str, clients: ExitStack
) -> None:
    for number in range(2 * WAITING):
        with connect(tidemark, f"GET {operation}/progress\nTransfer-Encoding: chunked", b"2\r\n{}\r\n") as leaving:
            if number % 2:
                leaving.sendall(b"0\r\n\r\n")
        with connect(tidemark, f"GET {operation}/progress") as leaving:
            if number % 2:
                leaving.recv(10)
    wait_until(lambda: state(tidemark)["watches"] == 0, what="nothing is watched")

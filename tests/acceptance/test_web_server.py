"""The web server: clients that wait or are slow hold up nobody."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event

import pytest
import requests

from tests.acceptance.test_playback import interval, post
from tests.outside_service import OutsideService, json_reply, serve
from tests.processes.tidemark import Tidemark
from tests.processes.waiting import wait_until

WAITING = 3


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    """A product of one web process whose region service answers when the tests are over."""
    with serve(OutsideService()) as service, ExitStack() as stack:
        over = Event()
        stack.callback(over.set)
        service.conduct = lambda key: json_reply(json.dumps({"region": str(over.wait(60))}))
        directory = tmp_path_factory.mktemp("web")
        environment = {
            "REGION_URL": service.template,
            "LOOKUP_TIMEOUT_SECONDS": "60",
            "MAX_WAITING_CLIENTS": str(WAITING),
            "MAX_BODY_BYTES": "100000",
            "WEB_WORKERS": "1",
        }
        product = Tidemark(directory / "data", directory / "up", environment)
        product.wait_until_ready()
        yield product
        product.kill_tree()
        print(product.stderr()[-5000:])


def connect(tidemark: Tidemark, head: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", tidemark.port), timeout=10)
    connection.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\n".encode())
    return connection


def test_clients_that_wait_or_are_slow_hold_up_nobody(tidemark: Tidemark) -> None:
    operation = f"/v1/operations/{post(tidemark, [interval('ann')])}"

    with ExitStack() as clients:
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
            slow = clients.enter_context(connect(tidemark, "POST /v1/events"))
            slow.sendall(b"Content-Length: 1000\r\n\r\n{")
        for number in range(20):
            beat = {"user": "a b ü", "slug": "x", "at": number}
            assert requests.post(f"{tidemark.base_url}/", json=beat, timeout=5).status_code == 202

        # A client that goes away leaves its place to another.
        streams[0].close()
        wait_until(
            lambda: requests.get(f"{tidemark.base_url}{operation}?wait=1", timeout=10).status_code == 200,
            what="there is a place",
        )

    path = "/v1/users/a%20b%20%C3%BC/watch-time"
    wait_until(lambda: tidemark.status(path) == 200, what="the path is understood")


def test_large_answers_come_whole_and_one_that_nobody_reads_holds_up_nobody(tidemark: Tidemark) -> None:
    path = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    whole = requests.get(tidemark.base_url + path, timeout=20)
    assert whole.status_code == 200
    assert len(whole.content) == int(whole.headers["Content-Length"]) > 1_000_000
    assert b"SwaggerUI" in whole.content

    with connect(tidemark, f"GET {path}") as idle:
        idle.sendall(b"\r\n")
        assert tidemark.status("/healthz") == 200
    assert requests.head(tidemark.base_url + path, timeout=10).content == b""
    assert requests.get(f"{tidemark.base_url}/v1/exports/serving_events.csv", timeout=10).text.startswith("eventId,")


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

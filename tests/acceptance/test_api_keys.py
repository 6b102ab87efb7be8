"""A product whose door is closed, as its operator and its clients use it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from events.access.keys import is_key, prefix_of
from tests.support.access import bearer
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

CLIENTS = 16
#: Seconds within which a revoked key is refused everywhere.
PROMISED = 10.0
BEAT = {"user": "ann", "slug": "alien", "at": 10}


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    """A product of two web processes."""
    directory = tmp_path_factory.mktemp("keys")
    environment = {"REQUIRE_API_KEY": "on", "OPEN_ROUTES": "event_collector", "WEB_WORKERS": "2"}
    product = Tidemark(directory / "data", directory / "up", environment)
    product.wait_until_ready()
    yield product
    product.kill_tree()
    print(product.stderr()[-5000:])


def create_key(tidemark: Tidemark, *arguments: str) -> str:
    made = tidemark.manage("create_api_key", *arguments)
    assert made.returncode == 0, made.stderr
    key = made.stdout.splitlines()[-1]
    assert is_key(key)
    return key


def test_clients_need_a_key_and_probes_none(tidemark: Tidemark) -> None:
    key = bearer(create_key(tidemark, "shop", "--scope", "ingest", "--scope", "read"))
    url = tidemark.base_url
    assert requests.post(url, json=BEAT, timeout=20).status_code == 401
    accepted = requests.post(url, json=BEAT, headers=key, timeout=20)
    assert accepted.status_code == 202
    assert requests.get(url + accepted.headers["Location"], timeout=20).status_code == 401
    assert requests.get(url + accepted.headers["Location"], headers=key, timeout=20).status_code == 200
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/"):
        assert tidemark.status(path) == 200
    assert tidemark.status("/event_collector?eventId=1&eventTimestamp=10:00") == 200
    assert tidemark.status("/event?eventId=1&eventTimestamp=10:00") == 401


def test_a_revoked_key_is_refused_by_every_process(tidemark: Tidemark) -> None:
    key = create_key(tidemark, "till", "--scope", "ingest")
    accepted_at: list[list[float]] = [[] for _ in range(CLIENTS)]
    refused: list[set[int]] = [set() for _ in range(CLIENTS)]
    over = threading.Event()

    def post_until_over(client: int) -> None:
        while not over.wait(0.05):
            # Without a session: each request may come to either process.
            status = requests.post(tidemark.base_url, json=BEAT, headers=bearer(key), timeout=20).status_code
            if status == 202:
                accepted_at[client].append(time.monotonic())
            else:
                refused[client].add(status)

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(post_until_over, client) for client in range(CLIENTS)]
        try:
            wait_until(lambda: all(accepted_at), what="every client is let in")
            assert tidemark.manage("revoke_api_key", prefix_of(key)).returncode == 0
            revoked_at = time.monotonic()
            # They go on beyond the promise, so that one who is let in too late is seen.
            over.wait(PROMISED + 2)
        finally:
            over.set()
        for each in running:
            each.result()
    assert max(map(max, accepted_at)) < revoked_at + PROMISED
    assert refused == [{401}] * CLIENTS


def test_the_demonstration_and_the_generators_come_in(tidemark: Tidemark, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_API_KEY", "on")
    shown = tidemark.manage("demo", tidemark.base_url)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    (its_key,) = [line for line in tidemark.manage("list_api_keys").stdout.splitlines() if " demo " in line]
    assert its_key.endswith("revoked")

    arguments = ("generate", "casino", "--seconds", "0.5", "--rate", "10", "--url", tidemark.base_url)
    refused = tidemark.manage(*arguments)
    assert refused.returncode == 1
    assert "needs an API key; set TIDEMARK_API_KEY" in refused.stderr
    monkeypatch.setenv("TIDEMARK_API_KEY", create_key(tidemark, "generator", "--scope", "ingest"))
    assert "5 events accepted, 0 rejected." in tidemark.manage(*arguments).stderr


def test_an_open_route_that_is_none_stops_the_start(start_tidemark: Callable[..., Tidemark]) -> None:
    tidemark = start_tidemark(environment={"OPEN_ROUTES": "event_colector"}, ready=False)
    assert tidemark.process.wait(60) == 1
    assert "OPEN_ROUTES names 'event_colector', which is no route; there are: " in tidemark.stderr()

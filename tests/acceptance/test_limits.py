"""A limit holds over everything that takes events in: here two web servers of two processes each, and one Redis."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from config.local.up.processes import web_command
from tests.support.pipeline import heartbeat
from tests.support.processes.tidemark import ROOT, Tidemark, free_port
from tests.support.processes.waiting import wait_until

Start = Callable[..., Tidemark]


@contextmanager
def another_web_server(tidemark: Tidemark) -> Iterator[str]:
    """A second host's web server, on the same PostgreSQL and Redis; its address."""
    port = free_port()
    environment = os.environ | {"TIDEMARK_DATA_DIR": str(tidemark.directory.path), "REQUIRE_API_KEY": "on"}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    server = subprocess.Popen(web_command(host="127.0.0.1", port=port), cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_alive(address), what="the second web server responds")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def is_alive(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_of_200_requests_at_once_to_two_web_servers_exactly_100_pass(start_tidemark: Start) -> None:
    tidemark = start_tidemark(environment={"REQUIRE_API_KEY": "on"})
    created = tidemark.manage("create_api_key", "shop", "--scope", "ingest", "--scope", "read", "--limit", "100/h")
    key = {"Authorization": f"Bearer {created.stdout.split()[-1]}"}

    with another_web_server(tidemark) as other, ThreadPoolExecutor(50) as clients:
        addresses = [tidemark.base_url, other] * 100
        events = [json.dumps(heartbeat(f"user{number}", "alien", 1)) for number in range(200)]
        posts = clients.map(
            lambda address, event: requests.post(address, event, headers=key, timeout=30), addresses, events
        )
        responses = list(posts)
        assert Counter(response.status_code for response in responses) == {202: 100, 429: 100}
        assert {response.status_code for response in responses[::2]} == {202, 429}, "both took some"

        batch = json.dumps([heartbeat("ann", "alien", 1)] * 100)
        assert requests.post(other, batch, headers=key, timeout=30).json()["code"] == "quota_exceeded"

    def stored() -> int:
        answer = requests.get(f"{tidemark.base_url}/v1/stats", headers=key, timeout=30).json()
        return int(answer["total_events"])

    wait_until(lambda: stored() == 100, what="what was accepted is processed")


def test_a_batch_of_1000_costs_1000(start_tidemark: Start) -> None:
    tidemark = start_tidemark(environment={"LIMIT_BY_ADDRESS": "1001/h"})
    batch = json.dumps([heartbeat("ann", "alien", 1)] * 1000)
    accepted = requests.post(tidemark.base_url, batch, timeout=30)
    assert (accepted.status_code, accepted.headers["RateLimit"].split(";")[:2]) == (202, ['"default"', "r=1"])
    assert requests.post(tidemark.base_url, batch, timeout=30).status_code == 429

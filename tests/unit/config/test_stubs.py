"""The stub services over HTTP."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import requests

from config.local.stubs import responses
from config.local.stubs.addresses import SERVICE_PATHS, free_port_if_needed, stub_addresses
from config.local.stubs.server import Services, StubServer
from tests.support.processes.tidemark import ROOT
from tests.support.processes.waiting import wait_until


@pytest.fixture
def stubs() -> Iterator[str]:
    with StubServer(("127.0.0.1", 0), Services()) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=5)


def test_a_user_always_lives_in_the_same_region(stubs: str) -> None:
    regions = {get(f"{stubs}/regions?user_id=42").json()["region"] for _ in range(3)}
    assert len(regions) == 1
    assert regions <= set(responses.REGIONS)
    assert get(f"{stubs}/regions").status_code == 400


def test_a_device_type_has_a_model(stubs: str) -> None:
    assert get(f"{stubs}/models?device_type=Apple%20iOS").json()["model"] in responses.MODELS["ios"]


def test_rates_are_quoted_for_one_unit_of_the_base(stubs: str) -> None:
    content = get(f"{stubs}/rates?base=USD&symbols=EUR").json()
    assert content["base"] == "USD"
    assert content["rates"] == {"EUR": 0.936}
    assert set(content) == {"base", "date", "rates"}
    assert get(f"{stubs}/rates?base=XXX&symbols=EUR").status_code == 404


def test_notifications_are_remembered_with_their_key(stubs: str) -> None:
    body = {"type": "start_training", "user_id": 1}
    answer = requests.post(f"{stubs}/v1/notify", json=body, headers={"Idempotency-Key": "key"}, timeout=5)
    assert answer.status_code == 202
    [remembered] = get(f"{stubs}/v1/notify").json()
    assert remembered["body"] == body
    assert remembered["idempotency_key"] == "key"


def test_failures_can_be_asked_for_while_it_runs(stubs: str) -> None:
    assert requests.put(f"{stubs}/control", json={"failure_rate": 1}, timeout=5).status_code == 200
    assert get(f"{stubs}/regions?user_id=42").status_code == 503
    assert requests.put(f"{stubs}/control", json={"failure_rate": 0}, timeout=5).status_code == 200
    assert get(f"{stubs}/regions?user_id=42").status_code == 200
    assert requests.put(f"{stubs}/control", json={"failure_rate": 2}, timeout=5).status_code == 400


def test_a_connection_is_kept_open(stubs: str) -> None:
    with requests.Session() as session:
        for _ in range(3):
            session.get(f"{stubs}/regions?user_id=42", timeout=5)
        pools = session.get_adapter(stubs).poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - not a dict


def test_the_command_serves_them_and_prints_the_variables_that_name_them() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "stubs", "--port", str(port)]
    environment = os.environ | {"TIDEMARK_DATA_DIR": "/nonexistent/stubs-need-no-servers"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = dict(process.stdout.readline().strip().removeprefix("export ").split("=", 1) for _ in range(4))
            url = said["MODEL_URL"].strip("'").replace("{device_type}", "TV")
            found = wait_until(lambda: answer_of(url), what="the stubs serve")
        finally:
            process.terminate()
    assert said.keys() == {"REGION_URL", "MODEL_URL", "EXCHANGE_RATES_URL", "NOTIFY_URL"}
    assert found.json()["model"] in responses.MODELS["tv"]
    assert process.returncode == 0


def answer_of(url: str) -> requests.Response | None:
    try:
        return get(url)
    except requests.ConnectionError:
        return None


def test_stubs_stand_in_for_the_services_that_are_not_given() -> None:
    given = {"REGION_URL": "https://host/{user_id}"}
    assert free_port_if_needed(given)
    assert stub_addresses(given, port=1234) == {
        "MODEL_URL": "http://127.0.0.1:1234/models?device_type={device_type}",
        "EXCHANGE_RATES_URL": "http://127.0.0.1:1234/rates",
        "NOTIFY_URL": "http://127.0.0.1:1234/v1/notify",
    }


def test_where_every_service_is_given_there_are_no_stubs() -> None:
    given = dict.fromkeys(SERVICE_PATHS, "https://host/")
    assert free_port_if_needed(given) is None
    assert stub_addresses(given, port=None) == {}

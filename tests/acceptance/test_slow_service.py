"""An outside service that does not answer holds up what needs it, and nothing else: a running product."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.support.outside_service import OutsideService, Reply, json_reply, region_of, serve
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

#: More than are enriched at the same time.
CHUNKS = 40
CONCURRENCY = 8


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Until it is set the region service answers nobody."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def regions(released: threading.Event) -> Iterator[OutsideService]:
    def answer(user: str) -> Reply:
        released.wait(300)
        return region_of(user)

    with serve(OutsideService(conduct=answer)) as service:
        yield service


@pytest.fixture
def rates() -> Iterator[OutsideService]:
    with serve(OutsideService(conduct=lambda _: json_reply('{"rates": {"EUR": 0.936}}'))) as service:
        yield service


@pytest.fixture
def tidemark(regions: OutsideService, rates: OutsideService, start_tidemark: Callable[..., Tidemark]) -> Tidemark:
    return start_tidemark(
        environment={
            "REGION_URL": regions.template,
            "EXCHANGE_RATES_URL": rates.url,
            "LOOKUP_TIMEOUT_SECONDS": "290",
            "ENRICH_CONCURRENCY": str(CONCURRENCY),
            "WEB_WORKERS": "1",
            "WORK_CONCURRENCY": "1",
        }
    )


def test_forty_chunks_that_wait_for_one_service_hold_up_nothing_that_does_not_need_it(
    tidemark: Tidemark, regions: OutsideService, rates: OutsideService, released: threading.Event
) -> None:
    # given
    waiting = [post(tidemark, "playback", interval(number)) for number in range(CHUNKS)]
    wait_until(lambda: regions.at_once >= CONCURRENCY, what="chunks wait for the region service")

    # when
    others = [
        post(tidemark, "bet", bet(1, "USD")),
        post(tidemark, "bet", bet(2, "EUR")),
        post(tidemark, "heartbeat", {"user": "ann", "slug": "heat", "at": 10}),
    ]

    # then
    wait_until_done(tidemark, others)
    assert rates.calls == ["USD"]
    assert regions.at_once == len(regions.calls) < CHUNKS, "no call was answered meanwhile"
    assert not any(is_done(tidemark, operation) for operation in waiting)

    # when the service answers again
    released.set()

    # then so do those that waited
    wait_until_done(tidemark, waiting)
    assert regions.calls_by_key == {f"user {number}": 1 for number in range(CHUNKS)}


def test_a_worker_that_is_killed_while_chunks_stand_in_line_loses_none(
    tidemark: Tidemark, regions: OutsideService, released: threading.Event
) -> None:
    waiting = [post(tidemark, "playback", interval(number)) for number in range(CHUNKS)]
    wait_until(lambda: regions.at_once >= CONCURRENCY, what="chunks wait for the region service")

    for process in tidemark.processes("enrich"):
        process.kill()
    released.set()

    wait_until_done(tidemark, waiting)
    total = requests.get(f"{tidemark.base_url}/v1/movies/heat/watch-time", timeout=10).json()
    assert total == {"movie": "heat", "watch_seconds": 10 * CHUNKS, "viewers": CHUNKS}


def interval(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "user_id": f"user {number}",
        "video_id": "heat",
        "start_at": 1000,
        "stop_at": 1010,
        "bitrate_kbps": 128,
        "device_type": "TV",
        "error_code": None,
    }


def bet(number: int, currency: str) -> dict[str, Any]:
    return {
        "id": number,
        "player_id": 1,
        "game_id": 100,
        "amount": 100,
        "currency": currency,
        "created_at": "2022-02-02T23:45:57Z",
    }


def post(tidemark: Tidemark, type_name: str, event: dict[str, Any]) -> str:
    """The operation of a chunk of its own."""
    response = requests.post(f"{tidemark.base_url}/v1/events/{type_name}", json=[event], timeout=10)
    assert response.status_code == 202, response.text
    return str(response.json()["operation"])


def is_done(tidemark: Tidemark, operation: str) -> bool:
    response = requests.get(f"{tidemark.base_url}/v1/operations/{operation}", timeout=10)
    return bool(response.json()["state"] == "done")


def wait_until_done(tidemark: Tidemark, operations: list[str]) -> None:
    def are_done() -> bool:
        return all(is_done(tidemark, operation) for operation in operations)

    wait_until(are_done, what="all operations are done", seconds=90, every=0.2)

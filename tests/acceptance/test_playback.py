"""The playback collector as its users see it: a running product, and services that are slow, flaky or dead."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import requests

from events.systems.playback.demo import INPUT
from tests.support.outside_service import OutsideService, after, json_reply, region_of, serve
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until
from tests.support.progress import progress_reports


@pytest.fixture(scope="module")
def regions() -> Iterator[OutsideService]:
    with serve(OutsideService()) as service:
        yield service


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory, regions: OutsideService) -> Iterator[Tidemark]:
    """One product for all tests here; every test uses users of its own, so that nothing is cached for it."""
    directory = tmp_path_factory.mktemp("playback")
    environment = {
        "REGION_URL": regions.template,
        "LOOKUP_ATTEMPTS": "2",
        "LOOKUP_TIMEOUT_SECONDS": "7",
        "BREAKER_SECONDS": "1",
        "PARTIAL_PAUSE_SECONDS": "1",
        "PARTIAL_LIMIT_SECONDS": "2",
        "WEB_WORKERS": "1",
        "WORK_CONCURRENCY": "1",
    }
    product = Tidemark(directory / "data", directory / "up", environment)
    product.wait_until_ready()
    finish(product, post(product, [interval("first")]))  # the workers are up
    yield product
    product.kill_tree()
    print(product.stderr()[-5000:])


@pytest.fixture(autouse=True)
def well_behaved(regions: OutsideService) -> Iterator[None]:
    yield
    regions.conduct = region_of
    regions.calls.clear()


def interval(user: str, second: int = 0, **fields: Any) -> dict[str, Any]:
    what = {"id": f"{user}, {second}", "user_id": user, "video_id": f"video of {user}"}
    how = {"bitrate_kbps": 128, "device_type": "Android", "error_code": None}
    return what | how | {"start_at": second, "stop_at": second + 10} | fields


def post(tidemark: Tidemark, events: list[dict[str, Any]], path: str = "/v1/events/playback") -> str:
    answer = requests.post(tidemark.base_url + path, json=events, timeout=10)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["operation"])


def get(tidemark: Tidemark, path: str) -> dict[str, Any]:
    answer = requests.get(tidemark.base_url + path, timeout=40)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def finish(tidemark: Tidemark, operation: str) -> dict[str, Any]:
    return wait_until(
        lambda: (state := get(tidemark, f"/v1/operations/{operation}?wait=10"))["finished_at"] and state,
        what=f"operation {operation} is done",
        seconds=60,
        every=0.0,
    )


def stored(tidemark: Tidemark, user: str) -> list[dict[str, Any]]:
    return list(get(tidemark, f"/v1/events?type=playback&user={user}")["results"])


def test_ten_events_behind_a_service_of_five_seconds(tidemark: Tidemark, regions: OutsideService) -> None:
    regions.conduct = after(5.0)
    began = time.monotonic()
    operation = post(tidemark, json.loads(INPUT.read_text()))

    came = progress_reports(tidemark.base_url, operation)

    assert came[-1][0] - began < 7
    assert len(came) >= 10
    moments = [began, *(moment for moment, _ in came)]
    assert max(later - earlier for earlier, later in pairwise(moments)) < 1.5
    progress = [report["progress"] for _, report in came]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert (came[-1][1]["state"], came[-1][1]["handled_events"]) == ("done", 10)
    for number in range(10):
        (event,) = stored(tidemark, f"u_{number}")
        assert event["enrichment"]["region"] == f"region of u_{number}"
        assert event["enrichment"]["model"]
    assert get(tidemark, "/v1/users/u_3/watch-time") == {"user": "u_3", "watch_seconds": 3, "movies": 1}
    assert get(tidemark, "/v1/users/u_3/movies/v_3/latest-moment")["latest_moment"] is None


def test_fifty_requests_with_the_same_ten_users_make_ten_calls(tidemark: Tidemark, regions: OutsideService) -> None:
    regions.conduct = after(0.5)
    users = [f"shared {number}" for number in range(10)]

    with ThreadPoolExecutor(10) as clients:
        operations = list(clients.map(lambda turn: post(tidemark, [interval(user, turn) for user in users]), range(50)))
    done = [finish(tidemark, operation) for operation in operations]

    assert sum(state["handled_events"] for state in done) == 500
    assert regions.calls_by_key == dict.fromkeys(users, 1)


def test_a_flaky_service_leaves_no_event_behind_and_holds_up_nobody_else(
    tidemark: Tidemark, regions: OutsideService
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    random = Random(seed)

    def flaky(key: str) -> tuple[int, bytes, dict[str, str]]:
        chance = random.random()
        if chance < 0.3:
            return json_reply("{}", 503)
        if chance < 0.4:
            time.sleep(8)  # longer than the time-out
        return region_of(key)

    regions.conduct = flaky
    users = [f"flaky {number}" for number in range(120)]
    operation = post(tidemark, [interval(user) for user in users])

    wait_until(lambda: regions.calls, what="the look-ups have begun")
    beat = {"user": "meanwhile", "slug": "heat", "at": 10}
    began = time.monotonic()
    assert requests.post(f"{tidemark.base_url}/", json=beat, timeout=5).status_code == 202
    wait_until(lambda: tidemark.status("/v1/users/meanwhile/watch-time") == 200, what="the heartbeat counts", seconds=5)
    took = time.monotonic() - began
    assert get(tidemark, f"/v1/operations/{operation}")["state"] == "running", "the look-ups were still under way"
    assert took < 1

    assert finish(tidemark, operation)["handled_events"] == len(users)
    for user in users:
        (event,) = stored(tidemark, user)
        assert event["enrichment"].get("region") == f"region of {user}" or event["enrichment"]["partial"]["region"]


def test_a_dead_service_opens_the_breaker_and_what_is_missing_is_filled_in_once(
    tidemark: Tidemark, regions: OutsideService
) -> None:
    regions.conduct = lambda key: json_reply("{}", 500)
    users = [f"dead {number}" for number in range(60)]

    state = finish(tidemark, post(tidemark, [interval(user) for user in users]))

    assert state["handled_events"] == len(users)
    assert "A circuit breaker is open" in tidemark.stderr()
    (event,) = stored(tidemark, users[0])
    assert "region" not in event["enrichment"]
    assert event["enrichment"]["partial"]["region"]
    assert event["enrichment"]["model"]

    regions.conduct = region_of
    wait_until(
        lambda: all(stored(tidemark, user)[0]["enrichment"].get("region") == f"region of {user}" for user in users),
        what="every event is complete",
        seconds=40,
        every=0.5,
    )
    assert stored(tidemark, users[0])[0]["enrichment"].keys() == {"region", "model"}
    answered = [user for user in users if regions.calls_by_key[user]]
    assert answered == users


def test_a_killed_worker_loses_nothing_and_what_was_looked_up_is_not_asked_again(
    tidemark: Tidemark, regions: OutsideService
) -> None:
    quick, slow = [f"quick {number}" for number in range(20)], [f"slow {number}" for number in range(5)]
    regions.conduct = lambda key: region_of(key) if key in quick or regions.calls.count(key) > 1 else after(6)(key)
    operation = post(tidemark, [interval(user) for user in quick + slow])
    wait_until(lambda: len(regions.calls) == 25, what="all look-ups have begun")
    wait_until(
        lambda: get(tidemark, f"/v1/operations/{operation}")["progress"] > 0, what="the quick ones are looked up"
    )
    before = get(tidemark, f"/v1/operations/{operation}")["progress"]

    for process in tidemark.processes("enrich"):
        process.kill()
    came = progress_reports(tidemark.base_url, operation)

    progress = [before, *(report["progress"] for _, report in came)]
    assert progress == sorted(progress)
    assert (came[-1][1]["progress"], came[-1][1]["handled_events"], came[-1][1]["failed_events"]) == (100, 25, 0)
    assert {user: regions.calls_by_key[user] for user in quick} == dict.fromkeys(quick, 1)
    assert [stored(tidemark, user)[0]["enrichment"]["region"] for user in slow] == [
        f"region of {user}" for user in slow
    ]


def test_cancelling_stops_what_is_not_stored_and_says_how_much_was(tidemark: Tidemark, regions: OutsideService) -> None:
    regions.conduct = after(5.0)
    before = get(tidemark, "/v1/stats")["cancelled_events"]
    beats = [{"type": "heartbeat", "user": "early", "slug": "heat", "at": 5}]
    operation = post(
        tidemark, beats + [{"type": "playback"} | interval(f"late {number}") for number in range(7)], "/v1/events"
    )
    wait_until(
        lambda: get(tidemark, f"/v1/operations/{operation}")["handled_events"] == 1, what="the heartbeat is through"
    )

    answer = requests.delete(f"{tidemark.base_url}/v1/operations/{operation}", timeout=10)

    assert answer.status_code == 200
    document = answer.json()
    assert (document["cancelled_events"], document["persisted_events"], document["total_events"]) == (7, 1, 8)
    assert (document["state"], document["progress"]) == ("cancelled", 100)
    assert get(tidemark, "/v1/stats")["cancelled_events"] == before + 7
    again = requests.delete(f"{tidemark.base_url}/v1/operations/{operation}", timeout=10).json()
    assert again == document | {"elapsed_seconds": again["elapsed_seconds"]}
    time_left = requests.get(f"{tidemark.base_url}/v1/operations/{operation}/progress", timeout=10)
    assert time_left.text.count("data: ") == 1, "a stream on what is over says so and closes"
    assert stored(tidemark, "late 0") == []


def test_a_hundred_clients_may_wait_and_events_still_come_in(tidemark: Tidemark, regions: OutsideService) -> None:
    regions.conduct = after(4.0)
    operation = post(tidemark, [interval("watched")])

    with ThreadPoolExecutor(100) as clients:
        watching = [clients.submit(progress_reports, tidemark.base_url, operation) for _ in range(100)]
        wait_until(lambda: regions.calls, what="the look-up has begun")
        for number in range(50):
            assert requests.post(f"{tidemark.base_url}/", json={"user": "x", "slug": "y", "at": number}, timeout=5).ok
        last = [watch.result(timeout=30)[-1][1] for watch in watching]

    assert {report["progress"] for report in last} == {100}

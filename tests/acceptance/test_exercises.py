"""Each exercise's own sample input, pasted as it stands, gives the output that the exercise names (docs/exercises.md).

The casino's and the ads' are in test_casino.py and test_ads.py.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.receiver import Receiver, receiving
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

DATA = Path(__file__).resolve().parents[1] / "data"
MINUTES = "36 minutes and 18 seconds"

StartTidemark = Callable[..., Tidemark]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def sample(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def post(tidemark: Tidemark, path: str, body: object, **headers: str) -> dict[str, Any]:
    answer = requests.post(tidemark.base_url + path, json=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def get(tidemark: Tidemark, path: str) -> dict[str, Any]:
    answer = requests.get(tidemark.base_url + path, timeout=40)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def in_order(notifications: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(notifications, key=lambda one: (one["user_id"], one["type"]))


def test_samples_as_they_stand(start_tidemark: StartTidemark, receiver: Receiver) -> None:
    tidemark = start_tidemark(environment={"NOTIFY_URL": receiver.url, "NOTIFY_SETTLE_SECONDS": "1"})

    heartbeats_one_by_one_as_the_generator_posts_them(tidemark)
    playback_events_in_a_batch(tidemark)
    fitness_events_one_by_one(tidemark, receiver)


def heartbeats_one_by_one_as_the_generator_posts_them(tidemark: Tidemark) -> None:
    expected = sample("heartbeats.expected.json")
    for heartbeat in sample("heartbeats.json"):
        post(tidemark, "/", heartbeat, Host=f"host.docker.internal:{tidemark.port}")
    for pair in expected["pairs"]:
        path = f"/v1/users/{pair['user']}/movies/{pair['movie']}/watch-time"
        wait_until(lambda path=path: tidemark.status(path) == 200, what=f"{path} is there")
        wait_until(lambda path=path, pair=pair: pair.items() <= get(tidemark, path).items(), what=f"{path} is {pair}")
    for user, seconds in expected["users"].items():
        assert get(tidemark, f"/v1/users/{user}/watch-time")["watch_seconds"] == seconds
    for movie, seconds in expected["movies"].items():
        assert get(tidemark, f"/v1/movies/{movie}/watch-time")["watch_seconds"] == seconds


def playback_events_in_a_batch(tidemark: Tidemark) -> None:
    accepted = post(tidemark, "/v1/events/playback", sample("playback.json"))
    operation = get(tidemark, f"/v1/operations/{accepted['operation']}?wait=20")
    assert (operation["state"], operation["progress"], operation["handled_events"]) == ("done", 100, 10)
    assert get(tidemark, "/v1/stats?type=playback")["total_events"] == 10
    for event in get(tidemark, "/v1/events?type=playback")["results"]:
        assert event["enrichment"].keys() == {"region", "model"}


def fitness_events_one_by_one(tidemark: Tidemark, receiver: Receiver) -> None:
    expected = sample("fitness/fitness.expected.json")
    for event in sample("fitness/fitness.json"):
        post(tidemark, "/v1/event", event)
    # The same people once more, in the "final structure", under other names.
    text = (DATA / "fitness/fitness.final-structure.json").read_text().replace("foo", "final")
    for event in json.loads(text):
        post(tidemark, "/v1/event", event)
    expected += [notification | {"user_id": f"final{notification['user_id'][-1]}"} for notification in expected]

    wait_until(lambda: len(receiver.first_calls()) == len(expected), what="all are told")
    told = [call.body for call in receiver.first_calls().values()]
    messages = {(body["user_id"], body.pop("message")) for body in told}
    assert in_order(told) == in_order(expected)
    assert all("daily training dose" in message for _, message in messages)
    assert sorted(user for user, message in messages if MINUTES in message) == ["final1", "foo1"]

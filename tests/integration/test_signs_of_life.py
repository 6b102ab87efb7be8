"""Which processes live, as `/readyz` tells it."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from events import signs_of_life
from events.redis_client import redis_client
from tests.support.signs_of_life import QUEUES, give_every_sign, give_sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_else_is_well(settings: Settings) -> None:
    for name in ("REGION_URL", "MODEL_URL", "NOTIFY_URL", "EXCHANGE_RATES_URL"):
        setattr(settings, name, "http://127.0.0.1/")
    give_every_sign()


def readiness(client: Client, *, status: int = 200, query: str = "") -> dict[str, Any]:
    response = client.get(f"/readyz{query}", headers={"host": "localhost"})
    assert response.status_code == status
    return dict(response.json())


def wrong(client: Client) -> dict[str, str]:
    """The roles that are not well, and what they lack."""
    document = readiness(client)
    processes: dict[str, dict[str, str]] = document["processes"]
    assert processes.keys() == {*QUEUES, "beat"}
    found = {role: health["status"] for role, health in processes.items() if health["status"] != "ok"}
    assert document["status"] == ("degraded" if found else "ok")
    return found


def test_all_is_well_while_everybody_gives_signs(client: Client) -> None:
    assert wrong(client) == {}
    assert readiness(client, query="?strict")["processes"]["work"]["seen_seconds_ago"] < 5


@pytest.mark.parametrize("role", [*QUEUES, "beat"])
def test_who_gives_none_is_named_with_the_age_of_the_last_one(client: Client, role: str) -> None:
    give_sign(role, seen_ago=42)
    assert wrong(client) == {role: "no sign of life for 42 s"}
    give_sign(role, seen_ago=14)
    assert wrong(client) == {}


def test_who_was_never_seen_is_named(client: Client) -> None:
    redis_client().delete(signs_of_life.KEY)
    assert wrong(client) == dict.fromkeys((*QUEUES, "beat"), "none has been seen")
    readiness(client, query="?strict", status=503)


def test_a_worker_that_lives_and_takes_nothing_is_named(client: Client) -> None:
    give_sign("enrich", took_ago=20)
    assert wrong(client) == {"enrich": "alive, but it has taken no task for 20 s"}
    give_sign("enrich", took_ago=20, busy=1)  # with one long task
    assert wrong(client) == {}


def test_nobody_is_blamed_for_taking_nothing_while_beat_sends_nothing(client: Client) -> None:
    give_sign("enrich", took_ago=20)
    give_sign("beat", seen_ago=20)
    assert wrong(client) == {"beat": "no sign of life for 20 s"}


def test_one_worker_of_a_queue_is_enough(client: Client) -> None:
    give_sign("work", seen_ago=100, name="work@a")
    give_sign("work", took_ago=100, name="work@b")
    assert wrong(client) == {}


def test_who_is_gone_for_a_day_is_forgotten(client: Client) -> None:
    give_sign("work", seen_ago=86_500, name="work@gone")
    assert wrong(client) == {}
    assert not redis_client().hexists(signs_of_life.KEY, "work@gone")

"""One event that cannot be shown keeps no other one out of live statistics, feed and event log."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.pipeline import steps
from events.publishing import event_log as event_log_of_workers
from events.publishing import final_events
from events.publishing.feed import FEED_KEY
from events.publishing.live_statistics import Change, Increment, live_statistics
from events.records import EventRecord
from events.states import AGGREGATE, PUBLISH, ChunkState
from tests.support.pipeline import chunk_ids, ends, heartbeat, post, process, run_to, state_of

BEATS = [heartbeat(f"user {number}", "alien", number) for number in range(10)]
COUNTED_KEY = "tests:counted"


class Died(BaseException):
    """The worker is gone; nothing that comes after is done."""


class Statistics:
    """Counts events, `adds` for each; raises, or dies, for some users'."""

    def __init__(self) -> None:
        self.raises_for: set[str] = set()
        self.dies_for: set[str] = set()
        self.adds: int = 1

    def changes(self, records: Sequence[EventRecord], *, now: datetime) -> Iterator[Change]:
        yield Increment(COUNTED_KEY, 0)
        for record in records:
            if record.user in self.dies_for:
                raise Died
            if record.user in self.raises_for:
                raise RuntimeError("no count")
        yield Increment(COUNTED_KEY, self.adds * len(records))
        yield Increment(COUNTED_KEY + ":after", len(records))


@pytest.fixture
def statistics() -> Iterator[Statistics]:
    made = Statistics()
    live_statistics.add("tests", made)
    yield made
    live_statistics.remove("tests")


@pytest.fixture
def event_log(settings: Settings, capfd: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Reads the event log."""
    settings.EVENT_LOG = ["on"]
    return lambda: [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]


def fed(memory: redis.Redis) -> list[dict[str, Any]]:
    return [json.loads(line) for _, entry in memory.xrange(FEED_KEY) for line in entry[b"events"].splitlines()]


def users(events: list[dict[str, Any]]) -> list[str]:
    return [event["user"] for event in events]


def drops(client: Client) -> dict[str, int]:
    """As an operator sees them."""
    counted: dict[str, int] = client.get("/v1/stats").json()["drops"]
    return counted


EVERYBODY = [f"user {number}" for number in range(10)]
ALL_BUT_7 = [user for user in EVERYBODY if user != "user 7"]


def test_a_type_that_is_null_is_taken_for_absent(
    memory: redis.Redis, client: Client, event_log: Callable[[], list[dict[str, Any]]]
) -> None:
    # given an event among others whose producer writes null for what it has not set
    bets = [{"id": number, "player_id": 10, "game_id": 100, "created_at": 0} for number in range(3)]
    bets[1] |= {"type": None, "note": "of the producer's own"}
    bets[2] |= {"type": None}
    # when
    response = client.post("/v1/events/bet", json.dumps(bets).encode(), content_type="application/json")
    assert response.status_code == 202
    process(chunk_ids())
    # then it is published as what it is
    for shown in (fed(memory), event_log()):
        assert [(event["id"], event["type"]) for event in shown] == [(0, "bet"), (1, "bet"), (2, "bet")]
    assert client.get("/materialized").json()["events_total"] == 3
    assert drops(client) == {}


def test_a_final_form_that_raises_is_left_out_alone(
    memory: redis.Redis,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    event_log: Callable[[], list[dict[str, Any]]],
    statistics: Statistics,
) -> None:
    # given
    whole = final_events._form_of

    def of_all_but_7(type_name: str) -> Any:
        class Decoder:
            def decode(self, data: bytes) -> Any:
                if b"user 7" in bytes(data):
                    raise RuntimeError("no form")
                return whole(type_name).decode(data)

        return Decoder()

    monkeypatch.setattr(final_events, "_form_of", of_all_but_7)
    # when
    chunk = post(BEATS)
    process(chunk)
    # then
    assert users(fed(memory)) == ALL_BUT_7
    assert users(event_log()) == ALL_BUT_7
    assert memory.get(COUNTED_KEY) == b"10"
    assert drops(client) == {"final_form": 1}
    (logged,) = [entry for entry in caplog.records if getattr(entry, "action", "") == "drop"]
    ((event_id,),) = fetch_all("SELECT id::text FROM events WHERE user_key = 'user 7'")
    assert (logged.event, logged.type, logged.reason) == (event_id, "heartbeat", "final_form")  # type: ignore[attr-defined]
    assert "no form" in logged.error  # type: ignore[attr-defined]
    assert ends() == {"heartbeat": (10, 0, 0, 0, 0, 0)}


def test_an_event_for_which_live_statistics_raise_is_left_out_of_them_alone(
    memory: redis.Redis, client: Client, statistics: Statistics, event_log: Callable[[], list[dict[str, Any]]]
) -> None:
    statistics.raises_for = {"user 7", "user 8"}
    process(post(BEATS))
    assert users(fed(memory)) == EVERYBODY
    assert users(event_log()) == EVERYBODY
    assert memory.get(COUNTED_KEY) == b"8"
    assert drops(client) == {"live_statistics": 2}


def test_a_change_that_redis_refuses_keeps_back_no_other(
    memory: redis.Redis, client: Client, statistics: Statistics, event_log: Callable[[], list[dict[str, Any]]]
) -> None:
    # given a sum that is no 64-bit number any more
    statistics.adds = 2**62
    # when
    process(post(BEATS))
    # then
    assert users(fed(memory)) == users(event_log()) == EVERYBODY
    assert memory.get(COUNTED_KEY) == b"0"
    assert memory.get(COUNTED_KEY + ":after") == b"10"
    assert drops(client) == {"refused": 1}


def publish_until_idle() -> None:
    """What sweeps bring about, each later than any lease or pause."""
    begun = utc_now()
    for minute in range(1, 100):
        waiting = fetch_all("SELECT id FROM chunks WHERE state = 'aggregated' ORDER BY id")
        if not waiting:
            return
        for (chunk_id,) in waiting:
            with suppress(Died):
                steps.run(PUBLISH, chunk_id, clock=lambda minutes=minute: begun + timedelta(minutes=minutes))
    raise AssertionError("it is never published")


def test_an_event_that_kills_who_publishes_it_is_given_up_alone(
    memory: redis.Redis, client: Client, statistics: Statistics, event_log: Callable[[], list[dict[str, Any]]]
) -> None:
    # given
    (chunk_id,) = post([*BEATS, BEATS[1] | {"id": 1}, BEATS[1] | {"id": 1}])
    run_to(chunk_id, ChunkState.PERSISTED)
    statistics.dies_for = {"user 7"}
    with pytest.raises(Died):
        steps.run(AGGREGATE, chunk_id)
    rate = client.get("/v1/stats").json()["processed_per_second"]
    # when
    publish_until_idle()
    # then
    shown = [*ALL_BUT_7, "user 1"]
    assert sorted(users(fed(memory))) == sorted(users(event_log())) == sorted(shown)
    assert memory.get(COUNTED_KEY) == b"10"
    assert drops(client) == {"given_up": 1}
    assert ends() == {"heartbeat": (11, 1, 0, 0, 0, 0)}
    # the events are processed as before, and at the time they were
    assert rate > 0
    assert fetch_all("SELECT sum(size), sum(cardinality(duplicates)) FROM chunks WHERE finished_at IS NOT NULL") == [
        (12, 1)
    ]


def test_a_chunk_whose_workers_die_after_it_was_counted_is_not_counted_again(
    memory: redis.Redis, client: Client, statistics: Statistics, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Died

    monkeypatch.setattr(event_log_of_workers, "show", die)
    (chunk_id,) = post(BEATS)
    with pytest.raises(Died):
        run_to(chunk_id, ChunkState.PUBLISHED)
    publish_until_idle()
    assert users(fed(memory)) == EVERYBODY
    assert memory.get(COUNTED_KEY) == b"10"
    assert state_of(chunk_id) == ChunkState.PUBLISHED


def test_with_redis_away_no_chunk_is_taken_apart(
    memory: redis.Redis, statistics: Statistics, redis_away: Callable[[], None]
) -> None:
    # given a chunk whose workers died, and nobody who knows whether it was counted
    (chunk_id,) = post(BEATS)
    run_to(chunk_id, ChunkState.AGGREGATED)
    execute("UPDATE chunks SET attempts = 2")
    assert steps.run(PUBLISH, chunk_id) is steps.Outcome.STOP
    assert fetch_all("SELECT state, lease_until, attempts FROM chunks") == [("aggregated", None, 2)]
    # when
    redis_away()
    publish_until_idle()
    # then
    assert users(fed(memory)) == EVERYBODY
    assert memory.get(COUNTED_KEY) == b"10"

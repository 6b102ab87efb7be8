"""`GET /materialized`: exact under concurrency, whatever is published twice."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import redis
from django.test import Client

from events.publishing import live_memory
from events.publishing.drops import Drops
from events.publishing.final_events import final_lines
from events.records import EventRecord
from events.redis_client import redis_client
from events.systems.casino import live_statistics as casino
from tests.support.casino import Event, cents, counted, random_events, without_rates

NOW = datetime(2026, 1, 31, 12, 0, 0, 250000, tzinfo=UTC)


def records_of(events: list[Event], *, prefix: str = "chunk") -> list[EventRecord]:
    """The events as they are when they are published."""
    return [
        EventRecord(
            id=f"{prefix}-{number}",
            type=event["type"],
            user=str(event["player_id"]),
            item=None,
            time_us=0,
            dedupe_key=None,
            data=msgspec.Raw(msgspec.json.encode(event)),
            enrichment={"amount_eur": cents(event)} if "amount" in event else None,
        )
        for number, event in enumerate(events)
    ]


def add(records: list[EventRecord], *, now: datetime = NOW) -> bool:
    dropped = Drops()
    return live_memory.add(records, final_lines(records, dropped), dropped, now=now)


def shown(*, now: datetime = NOW) -> dict[str, Any]:
    return casino.materialized(redis_client(), now=now)


def event(kind: str, player: int, **fields: Any) -> Event:
    return {"id": 1, "type": kind, "player_id": player, "game_id": 1, "created_at": 0} | fields


def test_nothing_is_zero_and_null(memory: redis.Redis) -> None:
    assert shown() == {
        "events_total": 0,
        "events_per_minute": None,
        "events_per_second_moving_average": None,
        "top_player_bets": None,
        "top_player_wins": None,
        "top_player_deposits": None,
    }


def test_only_the_casinos_events_count(memory: redis.Redis) -> None:
    beat = {"type": "heartbeat", "player_id": 1, "user": "ann", "slug": "alien", "at": 1}
    add(records_of([beat, event("game_start", 1), event("bet", 1)]))
    assert without_rates(shown()) == {
        "events_total": 2,
        "top_player_bets": {"id": 1, "count": 1},
        "top_player_wins": None,
        "top_player_deposits": None,
    }


def test_a_tie_is_the_smaller_ids(memory: redis.Redis) -> None:
    deposit = {"amount": 300, "currency": "EUR"}
    for player in (100, 9, 2**63 - 1, 10):
        chunk = [event("bet", player, has_won=True), event("deposit", player, **deposit)]
        add(records_of(chunk, prefix=f"chunk of {player}"))
    assert without_rates(shown()) == {
        "events_total": 8,
        "top_player_bets": {"id": 9, "count": 1},
        "top_player_wins": {"id": 9, "count": 1},
        "top_player_deposits": {"id": 9, "count": 300},
    }


@pytest.mark.parametrize("seed", range(3))
def test_chunks_published_by_many_at_once_and_again_count_once(memory: redis.Redis, seed: int) -> None:
    # given
    events = random_events(seed, 2000)
    chance = random.Random(seed)
    chunks = [records_of(events[start : start + 20], prefix=f"chunk {start}") for start in range(0, len(events), 20)]
    published = chunks + [chunk for chunk in chunks for _ in range(chance.randrange(3))]
    chance.shuffle(published)
    # when
    with ThreadPoolExecutor(8) as workers:
        first_times = list(workers.map(add, published))
    # then
    assert sum(first_times) == len(chunks)
    assert without_rates(shown()) == counted(events)


def test_rates_are_over_the_time_since_the_first_event_and_the_last_minute(memory: redis.Redis) -> None:
    def publish(seconds: float, count: int) -> None:
        records = records_of([event("game_start", 1)] * count, prefix=f"at {seconds}")
        add(records, now=NOW + timedelta(seconds=seconds))

    def rates(seconds: float) -> tuple[float, float]:
        document = shown(now=NOW + timedelta(seconds=seconds))
        return document["events_per_minute"], document["events_per_second_moving_average"]

    publish(0, 30)
    assert rates(0) == (1800, 30)  # a second at least
    assert rates(0.5) == (1800, 30)
    assert rates(10) == (180, 3)
    publish(10, 30)
    assert rates(30) == (120, 2)
    assert rates(59.5) == (60.5, 1.01)
    # the first thirty are older than a minute
    assert rates(60) == (60, 0.5)
    assert rates(65) == (55.38, 0.5)
    assert rates(75) == (48, 0)
    assert rates(3600) == (1, 0)


def test_memory_is_bounded_by_the_number_of_players(memory: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_memory, "CHUNKS_REMEMBERED", 10)
    for number in range(50):
        chunk = records_of([event("bet", 1), event("bet", 2)], prefix=f"chunk {number}")
        add(chunk, now=NOW + timedelta(seconds=number))
    assert memory.zcard(live_memory.CHUNKS_KEY) == 10
    assert memory.zcard(casino.BOARD_KEYS[0]) == 2
    lasting = [key for key in memory.keys("tidemark:casino:*") if memory.ttl(key) == -1]
    assert sorted(lasting) == [b"tidemark:casino:bets", b"tidemark:casino:first", b"tidemark:casino:total"]
    assert all(0 < memory.ttl(key) <= 120 for key in memory.keys("tidemark:casino:second:*"))
    # the newest chunks are remembered
    assert add(records_of([event("bet", 1)], prefix="chunk 40")) is False


def test_the_route_answers_what_is_live(memory: redis.Redis, client: Client) -> None:
    events = random_events(7, 100)
    add(records_of(events), now=datetime.now(UTC))
    answer = client.get("/materialized")
    assert answer.status_code == 200
    assert without_rates(answer.json()) == counted(events)


def test_with_redis_away_the_route_asks_to_come_back(redis_away: Callable[[], None], client: Client) -> None:
    answer = client.get("/materialized")
    assert (answer.status_code, answer.json()["code"]) == (503, "redis_away")
    assert answer["Retry-After"]

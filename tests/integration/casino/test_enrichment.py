"""What the casino's events are enriched with: euros, the player, a sentence."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from events.clock import utc_now
from events.database import fetch_all
from events.enrichment.lookups.run import LookupRun
from events.models import Event, FailedEvent
from events.pipeline import steps
from events.pipeline.drain import drain
from events.redis_client import redis_client
from events.states import AGGREGATE, ENRICH, PERSIST, ChunkState
from events.systems.casino.enrichers.player import PlayersTable
from events.systems.casino.models import Player
from tests.support.outside_service import OutsideService, json_reply
from tests.support.pipeline import post, process, state_of

RATES = {"USD": "0.936", "NZD": "0.57096", "BTC": "60840.000000001"}
SIGNED_IN = datetime(2022, 2, 2, 23, 1, 2, 30000, tzinfo=UTC)


def rate_of(currency: str) -> Any:
    """What a service that knows RATES answers."""
    if currency not in RATES:
        return json_reply('{"error": "unknown currency"}', 404)
    return json_reply(f'{{"base": "{currency}", "date": "2026-01-31", "rates": {{"EUR": {RATES[currency]}}}}}')


def bet(number: int, amount: int = 500, currency: str = "USD", **fields: Any) -> dict[str, Any]:
    event = {"id": number, "type": "bet", "player_id": 11, "game_id": 101, "amount": amount, "currency": currency}
    return event | {"created_at": "2022-02-02T23:45:57.890+00:00"} | fields


def enrichment_of(number: int) -> dict[str, Any]:
    added: dict[str, Any] = Event.objects.get(data__id=number).enrichment
    return added


def post_all(*events: dict[str, Any]) -> list[int]:
    return post(events, type_name=None)


def test_an_amount_is_converted_and_the_rate_kept_with_it(rate_service: OutsideService) -> None:
    rate_service.conduct = rate_of
    before = utc_now()
    process(post_all(bet(1), bet(2, 1, "BTC"), bet(3, 10_000_000, "BTC"), bet(4, 333, "EUR"), bet(5, 0, "NZD")))
    assert [enrichment_of(number)["amount_eur"] for number in range(1, 6)] == [468, 0, 608400, 333, 0]
    rate = enrichment_of(1)["exchange_rate"]
    assert (rate["rate"], rate["date"]) == ("0.936", "2026-01-31")
    assert before <= datetime.fromisoformat(rate["fetched_at"]) <= utc_now()
    assert "exchange_rate" not in enrichment_of(4)
    # once for each currency, and never for EUR
    assert rate_service.calls_by_key == {"USD": 1, "BTC": 1, "NZD": 1}


def test_a_rate_serves_for_a_minute_and_no_longer(rate_service: OutsideService) -> None:
    rate_service.conduct = rate_of
    process(post_all(bet(1)))
    process(post_all(bet(2)))
    assert rate_service.calls_by_key == {"USD": 1}
    key = "tidemark:lookup:exchange_rates:USD"
    assert 59_000 < redis_client().pttl(key) <= 60_000
    # given a rate that comes out of the cache a moment too late
    fetched_at = utc_now() - timedelta(seconds=60.01)
    old = {"rate": "2", "date": "2026-01-31", "fetched_at": fetched_at.isoformat()}
    redis_client().set(key, msgspec.json.encode({"moment": fetched_at.timestamp(), "value": old}), px=5000)
    # when
    process(post_all(bet(3)))
    # then it was not used
    assert enrichment_of(3)["amount_eur"] == 468
    assert rate_service.calls_by_key == {"USD": 2}


@pytest.mark.parametrize(
    "answer", [json_reply("{}", 404), json_reply('{"base": "THB", "date": "2026-01-31", "rates": {"USD": 1}}')]
)
def test_a_currency_the_service_does_not_know_fails_that_event_alone(rate_service: OutsideService, answer: Any) -> None:
    rate_service.conduct = lambda currency: answer if currency == "THB" else rate_of(currency)
    process(post_all(bet(1), bet(2, 700, "THB"), bet(3)))
    failed = FailedEvent.objects.get()
    assert (json.loads(failed.payload)["id"], failed.step, failed.field, failed.code) == (
        *(2, "enrich", "currency"),
        "unknown_currency",
    )
    assert "THB" in failed.message
    assert [event.data["id"] for event in Event.objects.order_by("id")] == [1, 3]


@pytest.mark.parametrize("rate", ['"much"', "0", "-1", "null", "true", "1e400", "[1]", '"NaN"', "1e30"])
def test_an_answer_that_is_no_rate_is_waited_out(rate_service: OutsideService, rate: str) -> None:
    rate_service.conduct = lambda _: json_reply(f'{{"rates": {{"EUR": {rate}}}}}')
    (chunk_id,) = post_all(bet(1))
    steps.run(ENRICH, chunk_id)
    assert state_of(chunk_id) == ChunkState.ACCEPTED
    assert FailedEvent.objects.count() == 0


def test_while_the_service_is_away_only_what_needs_it_waits(rate_service: OutsideService, settings: Settings) -> None:
    # given
    settings.LOOKUP_ATTEMPTS = 1
    rate_service.conduct = lambda _: json_reply("{}", 503)
    game = {"id": 9, "type": "game_stop", "player_id": 11, "game_id": 1, "created_at": 0}
    chunk_of_usd, *others = post_all(bet(1), bet(2, 7, "EUR"), game, bet(3, 5, "NZD"), bet(4, 9, "EUR"))
    # when
    steps.run(ENRICH, chunk_of_usd)
    process(others)
    # then EUR events and other types have never stood in line with the others
    assert len(others) == 1
    assert sorted(event.data["id"] for event in Event.objects.all()) == [2, 4, 9]
    assert state_of(chunk_of_usd) == ChunkState.ACCEPTED
    # when it is back
    rate_service.conduct = rate_of
    later = lambda: utc_now() + timedelta(seconds=30)  # noqa: E731
    for step in (ENRICH, PERSIST, AGGREGATE):
        steps.run(step, chunk_of_usd, clock=later)
    # then
    assert [enrichment_of(number)["amount_eur"] for number in (1, 3)] == [468, 3]
    assert FailedEvent.objects.count() == 0


def test_events_posted_alone_stand_in_line_only_with_their_like(rate_service: OutsideService) -> None:
    from events.intake.accept import accept_one

    for event in (bet(1), bet(2, 7, "EUR"), bet(3), bet(4, 9, "EUR")):
        accept_one(json.dumps(event).encode(), type_name=None, now=utc_now())
    drain(now=utc_now())
    sizes = fetch_all("SELECT size FROM chunks ORDER BY id")
    assert sizes == [(2,), (2,)]


def test_a_change_of_the_players_table_shows_in_the_very_next_event(rate_service: OutsideService) -> None:
    Player.objects.create(id=11, email="jane@example.com", last_signed_in_at=SIGNED_IN)
    process(post_all(bet(1, currency="EUR")))
    Player.objects.filter(id=11).update(email="jane@example.org")
    process(post_all(bet(2, currency="EUR")))
    Player.objects.all().delete()
    process(post_all(bet(3, currency="EUR")))
    moment = "2022-02-02T23:01:02.030000Z"
    assert enrichment_of(1)["player"] == {"email": "jane@example.com", "last_signed_in_at": moment}
    assert enrichment_of(2)["player"] == {"email": "jane@example.org", "last_signed_in_at": moment}
    assert "(jane@example.org)" in enrichment_of(2)["description"]
    assert "player" not in enrichment_of(3)
    assert enrichment_of(3)["description"].startswith("Player #11 placed")


def test_players_are_asked_for_once_a_chunk_and_those_missing_are_logged(
    db: None, django_assert_num_queries: DjangoAssertNumQueries, caplog: pytest.LogCaptureFixture
) -> None:
    Player.objects.create(id=11, email="")
    with django_assert_num_queries(1):
        answers = PlayersTable().look_up(["11", "4000012", "4000013"], LookupRun(deadline=0))
    PlayersTable().look_up(["4000013"], LookupRun(deadline=0))
    assert answers["11"].value == {"email": "", "last_signed_in_at": None}  # type: ignore[union-attr]
    assert [record.__dict__["player"] for record in caplog.records] == ["4000012", "4000013"], "each once, then counted"

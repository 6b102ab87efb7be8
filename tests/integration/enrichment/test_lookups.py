"""Looking up at a real HTTP service: bad answers, retries, the cache, asking once."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from events.enrichment.lookups import redis_client as lookup_redis
from events.enrichment.lookups.source import Found, Result, Unknown
from events.redis_client import redis_client
from events.systems.playback.client import enrich_client
from tests.integration.enrichment.regions import Regions, look_up, reason
from tests.support.outside_service import OutsideService, Reply, after, json_reply, region_of


def test_what_the_service_names_is_found_and_404_is_unknown(outside: OutsideService) -> None:
    outside.conduct = lambda key: region_of(key) if key == "a b/ü&" else json_reply("{}", 404)

    assert look_up("a b/ü&", "nobody") == {"a b/ü&": Found("region of a b/ü&"), "nobody": Unknown()}


def test_hits_and_unknowns_are_cached_and_failures_never(outside: OutsideService) -> None:
    outside.conduct = lambda key: {"hit": region_of(key), "no": json_reply("{}", 404)}.get(key, json_reply("{}", 400))

    first, second = look_up("hit", "no", "bad"), look_up("hit", "no", "bad")

    assert first == second
    assert reason(first["bad"]) == "the region service answered 400"
    assert outside.calls_by_key == {"hit": 1, "no": 1, "bad": 2}
    client = redis_client()
    assert client.ttl("tidemark:lookup:test_region:hit") > 60 >= client.ttl("tidemark:lookup:test_region:no") > 0


def test_what_has_grown_too_old_in_the_cache_is_not_used(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUP_HIT_SECONDS, settings.LOOKUP_UNKNOWN_SECONDS = 100, 10
    now = time.time()
    cached: dict[str, object] = {
        "ann": {"moment": now - 101, "value": "old"},
        "bob": {"moment": now - 11},
        "cat": {"moment": now - 99, "value": "young"},
        "dan": "nothing of ours",
    }
    for key, text in cached.items():
        # Redis' own expiry comes too late, as it does for what is read in its last moment.
        redis_client().set(f"tidemark:lookup:test_region:{key}", json.dumps(text))

    assert look_up(*cached) == {
        "ann": Found("region of ann"),
        "bob": Found("region of bob"),
        "cat": Found("young"),
        "dan": Found("region of dan"),
    }


def test_what_one_process_looked_up_serves_the_others(outside: OutsideService) -> None:
    # two services of one name know nothing of each other, as two processes do
    here, elsewhere = Regions(), Regions()

    assert look_up("ann", service=here) == look_up("ann", service=elsewhere) == {"ann": Found("region of ann")}
    assert outside.calls_by_key == {"ann": 1}


@pytest.mark.parametrize(("value", "problem"), [("a\0b", "has U+0000"), (object(), "is not JSON")])
def test_a_value_that_can_not_be_stored_is_no_result(outside: OutsideService, value: object, problem: str) -> None:
    class Careless(Regions):
        def call(self, key: str) -> Found | Unknown:
            return Found(value)

    assert f"what test_region returned {problem}" in reason(look_up("ann", service=Careless())["ann"])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "text/html that is not JSON: b'<html>Welcome"),
        ((200, b"x" * 10_000_000, {}), "more than 65536 bytes"),
        (json_reply('{"region": 5}'), "a text 'region' was expected"),
        (json_reply('["Lebap"]'), "a text 'region' was expected"),
        (json_reply('{"region": "a\\u0000b"}'), "a text of 1 to 255 characters was expected"),
        (json_reply(f'{{"region": "{"x" * 300}"}}'), "a text of 1 to 255 characters was expected"),
        (json_reply("[" * 50_000), "not JSON"),
        ((200, b"\xff\xfe", {}), "not JSON"),
        ((200, b"", {}), "not JSON"),
        ((302, b"", {"Location": "/look?user_id=again"}), "answered 302, a redirect; redirects are not followed"),
        ((403, b"", {}), "answered 403"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else f"{value[0]}-{len(value[1])}",
)
def test_a_bad_answer_is_a_failure_with_a_reason_and_not_asked_for_again(
    outside: OutsideService, reply: Reply, expected: str
) -> None:
    outside.conduct = lambda key: reply

    assert expected in reason(look_up("ann")["ann"])
    assert outside.calls_by_key == {"ann": 1}


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_failure_that_may_pass_is_tried_again(outside: OutsideService, status: int) -> None:
    outside.conduct = lambda key: region_of(key) if outside.calls.count(key) == 3 else json_reply("{}", status)

    assert look_up("ann") == {"ann": Found("region of ann")}
    assert outside.calls_by_key == {"ann": 3}


def test_a_service_that_can_not_be_reached_is_a_failure_with_a_reason(
    outside: OutsideService, settings: Settings
) -> None:
    settings.REGION_URL = "http://127.0.0.1:9/{user_id}"

    assert "can't be reached: ConnectionRefusedError" in reason(look_up("ann")["ann"])


def test_a_call_that_takes_too_long_is_given_up(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUP_TIMEOUT_SECONDS = 0.2
    settings.LOOKUP_ATTEMPTS = 1
    over = threading.Event()
    outside.conduct = lambda key: json_reply(str(over.wait(30)))

    assert reason(look_up("ann")["ann"]) == "the region service took longer than 0.2 s"
    over.set()


def test_what_has_no_result_by_the_deadline_is_unavailable(outside: OutsideService, settings: Settings) -> None:
    over = threading.Event()
    outside.conduct = lambda key: json_reply(str(over.wait(30)))
    settings.LOOKUPS_SIDE_BY_SIDE = 2

    results = look_up(*"abcdef", seconds=0.3)

    assert {reason(result) for result in results.values()} == {"there was no result by the chunk's deadline"}
    over.set()


def test_calls_run_side_by_side_and_no_more_than_set(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUPS_SIDE_BY_SIDE = 8
    outside.conduct = after(0.05)

    results = look_up(*(f"user {number}" for number in range(40)))

    assert len(results) == 40
    assert outside.most_at_once == 8


def test_fifty_chunks_that_want_the_same_ten_users_make_ten_calls(outside: OutsideService) -> None:
    outside.conduct = after(0.1)
    keys = [f"user {number}" for number in range(10)]
    service = Regions()

    with ThreadPoolExecutor(50) as chunks:
        results = list(chunks.map(lambda _: look_up(*keys, service=service), range(50)))

    assert outside.calls_by_key == dict.fromkeys(keys, 1)
    assert all(each == {key: Found(f"region of {key}") for key in keys} for each in results)


def test_what_another_chunk_looks_up_in_the_meantime_is_not_asked_for_again(
    outside: OutsideService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Regions()
    read = service._cache.read
    reads: list[list[str]] = []

    def read_while_another_is_at_it(keys: Sequence[str]) -> Mapping[str, Result]:
        known = read(keys)
        reads.append(list(keys))
        if len(reads) == 1:  # another chunk begins and ends after this one found nothing in the cache
            look_up("ann", service=service)
        return known

    monkeypatch.setattr(service._cache, "read", read_while_another_is_at_it)

    assert look_up("ann", service=service) == {"ann": Found("region of ann")}
    assert outside.calls_by_key == {"ann": 1}


def test_without_redis_look_ups_go_on_uncached(outside: OutsideService, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    redis_client.cache_clear()
    try:
        assert look_up("ann", "bob") == {"ann": Found("region of ann"), "bob": Found("region of bob")}
        assert look_up("ann") == {"ann": Found("region of ann")}
    finally:
        redis_client.cache_clear()
        lookup_redis.outages.forget()
    assert outside.calls_by_key == {"ann": 2, "bob": 1}


def test_a_client_of_the_operators_own_may_raise_what_it_likes(outside: OutsideService, settings: Settings) -> None:
    settings.ENRICH_CLIENT = "tests.integration.enrichment.test_lookups.MoodyClient"
    settings.LOOKUP_ATTEMPTS = 1
    enrich_client.cache_clear()

    results = look_up("ann", "nobody", "raises", "wrong", "babbles")

    assert results["ann"] == Found("here")
    assert results["nobody"] == Unknown()
    assert reason(results["raises"]) == "the client of test_region raised ZeroDivisionError: oh"
    assert "the service answered 5" in reason(results["wrong"])
    # it is stored with the event, so it has nothing that PostgreSQL refuses
    assert reason(results["babbles"]) == "the client of test_region raised ValueError: a\\0b\\ud800"


class MoodyClient:
    def get_region(self, user_id: str) -> object:
        if user_id == "raises":
            raise ZeroDivisionError("oh")
        if user_id == "babbles":
            raise ValueError("a\0b\ud800")
        return {"ann": "here", "wrong": 5}.get(user_id)

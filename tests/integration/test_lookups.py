"""Looking up at a real HTTP service: bad answers, retries, the cache, asking once, the circuit breaker."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from events.enrichers.base import Answer, Found, Unavailable, Unknown
from events.enrichers.client import as_answer, enrich_client
from events.enrichers.run import LookupRun
from events.lookups import redis_client as lookup_redis
from events.lookups.durations import durations
from events.lookups.service import Service
from events.redis_client import redis_client
from tests.outside_service import OutsideService, Reply, after, json_reply, region_of, serve
from tests.processes.waiting import wait_until


class Regions(Service):
    name = "test_region"

    def call(self, key: str) -> Found | Unknown:
        return as_answer(enrich_client().get_region(key))


@pytest.fixture
def outside(settings: Settings) -> Iterator[OutsideService]:
    """The region service, and a Redis that knows nothing."""
    redis_client().flushdb()
    enrich_client.cache_clear()
    settings.LOOKUP_ATTEMPTS = 3
    with serve(OutsideService()) as service:
        settings.REGION_URL = service.template
        yield service
    enrich_client.cache_clear()


def look_up(*keys: str, service: Regions | None = None, seconds: float = 30) -> dict[str, Answer]:
    run = LookupRun(deadline=time.monotonic() + seconds)
    run.expect(len(keys))
    answers = dict((service or Regions()).look_up(list(keys), run))
    assert run.share == 1
    return answers


def reason(answer: Answer) -> str:
    assert isinstance(answer, Unavailable)
    return answer.reason


def test_what_the_service_answers_is_found_and_404_is_unknown(outside: OutsideService) -> None:
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
    assert client.keys("tidemark:asking:*") == []


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


def test_what_has_no_answer_by_the_deadline_is_unavailable(outside: OutsideService, settings: Settings) -> None:
    over = threading.Event()
    outside.conduct = lambda key: json_reply(str(over.wait(30)))
    settings.LOOKUPS_SIDE_BY_SIDE = 2

    answers = look_up(*"abcdef", seconds=0.3)

    assert {reason(answer) for answer in answers.values()} == {"there was no answer by the chunk's deadline"}
    assert redis_client().keys("tidemark:asking:*") == [], "others may ask at once"
    over.set()


def test_calls_run_side_by_side_and_no_more_than_set(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUPS_SIDE_BY_SIDE = 8
    outside.conduct = after(0.05)

    answers = look_up(*(f"user {number}" for number in range(40)))

    assert len(answers) == 40
    assert outside.most_at_once == 8


def test_fifty_chunks_that_want_the_same_ten_users_make_ten_calls(outside: OutsideService) -> None:
    outside.conduct = after(0.1)
    keys = [f"user {number}" for number in range(10)]
    # Two services of one name know nothing of each other, as two processes do.
    services = [Regions(), Regions()]

    with ThreadPoolExecutor(50) as chunks:
        answers = list(chunks.map(lambda number: look_up(*keys, service=services[number % 2]), range(50)))

    assert outside.calls_by_key == dict.fromkeys(keys, 1)
    assert all(each == {key: Found(f"region of {key}") for key in keys} for each in answers)


def test_a_worker_that_died_while_asking_holds_up_the_others_for_seconds_only(outside: OutsideService) -> None:
    redis_client().set("tidemark:asking:test_region:ann", "1", px=300)  # its last sign of life

    assert look_up("ann") == {"ann": Found("region of ann")}


def test_without_redis_look_ups_go_on_uncached(outside: OutsideService, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    redis_client.cache_clear()
    try:
        assert look_up("ann", "bob") == {"ann": Found("region of ann"), "bob": Found("region of bob")}
        assert look_up("ann") == {"ann": Found("region of ann")}
    finally:
        redis_client.cache_clear()
        lookup_redis._breaker.close()
    assert outside.calls_by_key == {"ann": 2, "bob": 1}


def test_the_breaker_opens_for_all_processes_and_closes_after_one_trial_call(
    outside: OutsideService, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LOOKUP_ATTEMPTS = 1
    settings.BREAKER_FAILURES = 5
    settings.BREAKER_SECONDS = 0.5
    settings.LOOKUPS_SIDE_BY_SIDE = 1
    here, elsewhere = Regions(), Regions()
    outside.conduct = lambda key: json_reply("{}", 503)

    dead = look_up(*(f"user {number}" for number in range(20)), service=here)
    calls_until_open = len(outside.calls)
    refused = look_up("other", service=elsewhere)

    assert calls_until_open == 5
    assert "has failed too often and is left alone" in reason(dead["user 19"])
    assert "has failed too often and is left alone" in reason(refused["other"])
    assert here.is_left_alone()
    assert [record.service for record in caplog.records if getattr(record, "action", "") == "open"] == ["test_region"]

    wait_until(lambda: not elsewhere.is_left_alone(), what="the pause is over")
    look_up(*(f"user {number}" for number in range(20)), service=elsewhere)
    assert len(outside.calls) == calls_until_open + 1, "one trial call"

    outside.conduct = region_of
    wait_until(lambda: not here.is_left_alone(), what="the pause is over")
    assert look_up("ann", service=here) == {"ann": Found("region of ann")}
    wait_until(
        lambda: look_up("bob", service=elsewhere) == {"bob": Found("region of bob")}, what="the others ask again"
    )


def test_the_duration_of_each_call_is_recorded(outside: OutsideService) -> None:
    outside.conduct = after(0.05)
    before = durations.snapshot().get(("test_region", "found"))

    look_up("ann")

    timing = durations.snapshot()["test_region", "found"]
    assert timing.count == (before.count if before else 0) + 1
    assert timing.slowest >= 0.05


def test_a_client_of_the_operators_own_may_raise_what_it_likes(outside: OutsideService, settings: Settings) -> None:
    settings.ENRICH_CLIENT = "tests.integration.test_lookups.MoodyClient"
    settings.LOOKUP_ATTEMPTS = 1
    enrich_client.cache_clear()

    answers = look_up("ann", "nobody", "raises", "wrong")

    assert answers["ann"] == Found("here")
    assert answers["nobody"] == Unknown()
    assert reason(answers["raises"]) == "the client of test_region raised ZeroDivisionError: oh"
    assert "the service answered 5" in reason(answers["wrong"])


class MoodyClient:
    def get_region(self, user_id: str) -> object:
        if user_id == "raises":
            raise ZeroDivisionError("oh")
        return {"ann": "here", "wrong": 5}.get(user_id)

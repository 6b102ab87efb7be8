"""Limits of requests that bring events in, on the fast path and through Django's handler."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from events.access.rates import Rate
from events.intake import quota as quotas
from events.intake import windows
from events.redis_client import redis_client
from tests.support.access import bearer, store_key
from tests.support.pipeline import heartbeat, rows_in
from tests.support.web.in_process import Response, WebProcess, through_django

GOOD = json.dumps(heartbeat("ann", "alien", 10)).encode()
BAD = json.dumps(heartbeat("ann", "alien", -1)).encode()
POLICY = '"default";q=5;w=3600'

Post = Callable[[str, bytes, dict[str, str]], Response]


@pytest.fixture(params=["fast path", "views"])
def post(request: pytest.FixtureRequest, web: WebProcess) -> Post:
    redis_client().flushdb()
    return web.post if request.param == "fast path" else through_django


@pytest.fixture
def key(post: Post) -> dict[str, str]:
    """The header with a key that may send 5 events an hour."""
    return bearer(store_key("ingest", limit="5/h"))


def several(*events: bytes) -> bytes:
    return b"[" + b",".join(events) + b"]"


def left(response: Response) -> int:
    return int(response.headers["ratelimit"].split(";")[1].removeprefix("r="))


def test_every_event_is_charged_and_the_response_says_what_is_left(post: Post, key: dict[str, str]) -> None:
    one = post("/", GOOD, key)
    assert (one.status, one.headers["ratelimit-policy"], left(one)) == (202, POLICY, 4)
    several_ = post("/", several(GOOD, BAD, GOOD), key)
    assert (several_.status, left(several_)) == (202, 1), "bad ones are kept, too"
    unknown = post("/v1/events/mystery", GOOD, key)
    assert (unknown.status, left(unknown)) == (202, 0)


def test_over_the_limit_a_request_is_refused_as_a_whole(post: Post, key: dict[str, str]) -> None:
    assert post("/", several(*[GOOD] * 3), key).status == 202
    stored = rows_in("inbox", "chunks", "operations", "failed_events", "unsupported_events", "idempotent_responses")

    for headers in (key, key | {"idempotency-key": "once"}):
        refused = post("/", several(*[GOOD] * 3), headers)
        assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
        assert json.loads(refused.body)["code"] == "quota_exceeded"
        assert 0 < int(refused.headers["retry-after"]) <= 7200
        assert (refused.headers["ratelimit-policy"], left(refused)) == (POLICY, 2)
    assert rows_in(*stored) == stored

    assert [post("/", GOOD, key).status for _ in range(3)] == [202, 202, 429]


def test_a_batch_over_the_whole_limit_is_told_that_it_can_never_pass(post: Post, key: dict[str, str]) -> None:
    refused = post("/", several(*[GOOD] * 6), key)
    assert (refused.status, json.loads(refused.body)["code"]) == (413, "larger_than_quota")
    assert "retry-after" not in refused.headers
    assert left(refused) == 5


def test_what_stores_nothing_costs_nothing_and_says_what_is_left(post: Post, key: dict[str, str]) -> None:
    for body, status in ((BAD, 400), (several(BAD), 400), (b"{", 400)):
        response = post("/", body, key)
        assert (response.status, response.headers["ratelimit-policy"], left(response)) == (status, POLICY, 5)


def test_a_repeated_request_costs_nothing(post: Post, key: dict[str, str]) -> None:
    for _ in range(3):
        response = post("/", several(GOOD, GOOD), key | {"idempotency-key": "once"})
        assert (response.status, left(response)) == (202, 3)


def test_keys_do_not_share_a_limit(post: Post, key: dict[str, str]) -> None:
    other = bearer(store_key("ingest", name="other", limit="5/h"))
    assert post("/", several(*[GOOD] * 5), key).status == 202
    assert left(post("/", GOOD, other)) == 4


def test_without_keys_an_address_has_a_limit(post: Post, settings: Settings) -> None:
    settings.LIMIT_BY_ADDRESS = Rate(2, 3600)
    assert [post("/", GOOD, {}).status for _ in range(3)] == [202, 202, 429]
    assert post("/", GOOD, bearer(store_key("ingest"))).status == 202, "a key without a limit"


def test_where_there_is_no_limit_redis_is_not_asked(post: Post) -> None:
    with patch.object(windows, "_storage", side_effect=AssertionError("asked")):
        response = post("/", GOOD, bearer(store_key("ingest")))
    assert response.status == 202
    assert not {"ratelimit", "ratelimit-policy"} & set(response.headers)


def test_without_redis_events_pass(post: Post, key: dict[str, str]) -> None:
    with patch.object(windows, "_storage", side_effect=redis.ConnectionError):
        passed = post("/", several(*[GOOD] * 5), key), post("/", GOOD, key)
    quotas.outages.forget()
    assert [(response.status, response.headers["ratelimit-policy"]) for response in passed] == [(202, POLICY)] * 2
    assert not any("ratelimit" in response.headers for response in passed), "what is left is not known"


def test_of_200_requests_at_once_exactly_100_pass(web: WebProcess) -> None:
    redis_client().flushdb()
    headers = bearer(store_key("ingest", limit="100/h"))
    with ThreadPoolExecutor(50) as clients:
        statuses = Counter(clients.map(lambda _: web.post("/", GOOD, headers).status, range(200)))
    assert statuses == {202: 100, 429: 100}
    assert rows_in("inbox") == {"inbox": 100}


def test_an_ad_event_is_charged_whether_it_is_valid_or_not(transactional_db: None) -> None:
    redis_client().flushdb()
    headers = bearer(store_key("ingest", limit="2/h"))
    saved = Client().get("/event_collector?eventId=1&eventTimestamp=9:00", headers=headers)
    assert (saved.status_code, saved["RateLimit"].split(";")[1]) == (200, "r=1")
    assert Client().get("/event_collector?eventId=1", headers=headers).status_code == 200
    refused = Client().get("/event_collector?eventId=2&eventTimestamp=9:00", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")

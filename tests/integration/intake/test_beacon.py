"""`POST /v1/beacon`, on the fast path and through Django's handler."""

import json
import logging
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from pytest_django import Settings

from events.redis_client import redis_client
from tests.support.access import bearer, store_key
from tests.support.pipeline import heartbeat, rows_in
from tests.support.web.in_process import Response, WebProcess, through_django

SHOP, ELSEWHERE = "https://shop.example", "https://elsewhere.example"
EVENT = json.dumps({"type": "heartbeat", **heartbeat("ann", "alien", 10)}).encode()
TEXT = {"content-type": "text/plain;charset=UTF-8"}

Post = Callable[[str, bytes, dict[str, str]], Response]


@pytest.fixture(params=["fast path", "views"])
def post(request: pytest.FixtureRequest, web: WebProcess, settings: Settings) -> Post:
    settings.REQUIRE_API_KEY = True
    return web.post if request.param == "fast path" else through_django


@pytest.fixture
def key(post: Post) -> str:
    """A publishable key."""
    return store_key("ingest", name="page", origins=[SHOP])


def code_of(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["code"]


@pytest.mark.parametrize("headers", [TEXT, {"content-type": "application/json"}, {"content-type": "Text/Plain"}])
def test_events_of_a_page_are_taken_as_text(post: Post, key: str, headers: dict[str, str]) -> None:
    one = post(f"/v1/beacon?key={key}", EVENT, {**headers, "origin": SHOP})
    assert (one.status, list(json.loads(one.body))) == (202, ["event"])
    several = post(f"/v1/beacon?page=1&key={key}", b"[%s,%s]" % (EVENT, EVENT), {**headers, "origin": SHOP})
    assert (several.status, json.loads(several.body)["accepted"]) == (202, 2)


@pytest.mark.parametrize("origin", [{}, {"origin": ELSEWHERE}, {"origin": "null"}, {"origin": f"{SHOP}.evil.example"}])
def test_a_key_with_origins_is_refused_from_elsewhere_on_every_route(
    post: Post, key: str, origin: dict[str, str]
) -> None:
    assert code_of(post(f"/v1/beacon?key={key}", EVENT, TEXT | origin)) == (403, "wrong_origin")
    assert code_of(post("/v1/events", EVENT, bearer(key) | origin)) == (403, "wrong_origin")
    assert rows_in("inbox") == {"inbox": 0}


def test_a_key_with_origins_may_also_be_sent_in_a_header(post: Post, key: str) -> None:
    for path in ("/v1/events", "/v1/beacon"):
        assert post(path, EVENT, bearer(key) | {"origin": SHOP}).status == 202


def test_a_key_without_origins_must_not_stand_in_an_address(post: Post) -> None:
    secret = store_key("ingest", name="till")
    assert code_of(post(f"/v1/beacon?key={secret}", EVENT, TEXT | {"origin": SHOP})) == (403, "unpublishable_key")
    both = store_key("ingest", "read", name="both")
    assert code_of(post(f"/v1/beacon?key={both}", EVENT, TEXT)) == (403, "unpublishable_key")
    assert rows_in("inbox") == {"inbox": 0}


def test_on_other_routes_a_key_in_the_address_is_none(post: Post, key: str) -> None:
    assert code_of(post(f"/v1/events?key={key}", EVENT, {"origin": SHOP})) == (401, "missing_api_key")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "missing_api_key"),
        ("?key=", "missing_api_key"),
        ("?key=tdm_x", "malformed_api_key"),
        ("?key=%ff%00", "malformed_api_key"),
        (f"?key=tdm_{'0' * 36}", "malformed_api_key"),
    ],
)
def test_what_is_no_key_is_401(post: Post, query: str, code: str) -> None:
    assert code_of(post(f"/v1/beacon{query}", EVENT, TEXT | {"origin": SHOP})) == (401, code)


def test_text_is_taken_nowhere_else(post: Post) -> None:
    assert post("/v1/events", EVENT, bearer(store_key("ingest")) | TEXT).status == 415


def test_a_page_has_the_limit_of_its_key(post: Post) -> None:
    redis_client().flushdb()
    key = store_key("ingest", name="page", origins=[SHOP], limit="1/h")
    statuses = [post(f"/v1/beacon?key={key}", EVENT, TEXT | {"origin": SHOP}).status for _ in range(2)]
    assert statuses == [202, 429]


def test_no_response_and_no_line_of_the_log_repeats_the_key(
    post: Post, key: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = store_key("ingest", name="till")
    with caplog.at_level(logging.DEBUG):
        for sent in (key, secret, key[:-1] + "?"):
            for path in ("/v1/beacon", "/v1/events", "/nowhere"):
                response = post(f"{path}?key={sent}", b"{", TEXT | {"origin": ELSEWHERE})
                assert response.status >= 400
                assert sent.encode() not in response.body
        monkeypatch.setattr("events.intake.admission.door.require_origin", lambda *_: 1 / 0)
        failing = pytest.raises(ZeroDivisionError) if post is through_django else nullcontext()
        with failing:
            assert post(f"/v1/beacon?key={key}", EVENT, TEXT).status == 500
    assert caplog.text
    assert key[12:] not in caplog.text
    assert secret[12:] not in caplog.text

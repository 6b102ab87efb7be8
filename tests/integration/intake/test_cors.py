"""Which web pages may call the API: the same on the fast path as everywhere."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from config.web.replies import usual_headers
from tests.support.pipeline import heartbeat
from tests.support.web.in_process import Response, WebProcess, through_django

SHOP, ELSEWHERE = "https://shop.example", "https://elsewhere.example"
GOOD = json.dumps(heartbeat("ann", "alien", 10)).encode()
BAD = json.dumps(heartbeat("ann", "alien", -1)).encode()


@pytest.fixture(autouse=True)
def _one_origin(settings: Settings) -> Iterator[None]:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    usual_headers.cache_clear()
    yield
    usual_headers.cache_clear()


def cors_of(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("body", [GOOD, BAD], ids=["accepted", "refused"])
def test_a_page_of_an_allowed_origin_may_read_responses(web: WebProcess, body: bytes) -> None:
    for post in (web.post, through_django):
        response = post("/", body, {"origin": SHOP})
        assert cors_of(response) == {
            "access-control-allow-origin": SHOP,
            "access-control-expose-headers": "Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate",
        }
        assert "origin" in response.headers["vary"]


def test_a_page_of_another_origin_may_not(web: WebProcess) -> None:
    for post in (web.post, through_django):
        assert cors_of(post("/", GOOD, {"origin": ELSEWHERE})) == {}
        assert cors_of(post("/", GOOD, {})) == {}


def test_what_a_browser_asks_beforehand_is_answered_without_a_key(settings: Settings) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,idempotency-key"}
    allowed = Client().options("/v1/events", headers={"origin": SHOP, **asked})
    assert allowed["Access-Control-Allow-Origin"] == SHOP
    assert {"authorization", "idempotency-key"} <= set(allowed["Access-Control-Allow-Headers"].split(", "))
    assert "POST" in allowed["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in allowed
    refused = Client().options("/v1/events", headers={"origin": ELSEWHERE, **asked})
    assert "Access-Control-Allow-Origin" not in refused

"""Requests that bring events in, on the fast path and through Django's handler: the same comes of them."""

import gzip
import json
import re
from unittest.mock import patch

import pytest
from django.conf import LazySettings

from config.web import application, routes
from events.api.intake import IntakeView
from events.intake.back_pressure import back_pressure
from tests.support.pipeline import heartbeat, rows_in
from tests.support.web.in_process import Response, WebProcess, through_django

TABLES = ("inbox", "chunks", "operations", "failed_events", "unsupported_events", "idempotent_responses")
GOOD = json.dumps(heartbeat("ann", "alien", 10)).encode()
BAD = json.dumps(heartbeat("ann", "alien", -1)).encode()
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
CLOUDEVENT = b'{"specversion": "1.0", "id": "1", "source": "s", "type": "heartbeat", "data": %s}' % GOOD
BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "heartbeat"}

REQUESTS: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "one event": ("/", GOOD, {}),
    "one event of its route": ("/v1/event", b'{"type": "heartbeat", ' + GOOD[1:], {}),
    "one event of the type in the path": ("/v1/events/heartbeat", GOOD, {}),
    "an event that is not valid": ("/", BAD, {}),
    "an event without a type": ("/v1/events", GOOD, {}),
    "an event of an unknown type": ("/v1/events/mystery", GOOD, {}),
    "a type that cannot be one": ("/v1/events/-", GOOD, {}),
    "a batch": ("/", b"[" + GOOD + b"," + BAD + b"]", {}),
    "a batch at the route for one": ("/v1/event", b"[" + GOOD + b"]", {}),
    "an envelope": ("/", b'{"events": [' + GOOD + b"]}", {}),
    "lines": ("/", GOOD + b"\n" + GOOD, {"content-type": "application/x-ndjson"}),
    "no JSON": ("/", b"{", {}),
    "no body": ("/", b"", {}),
    "no UTF-8": ("/", b'{"user": "\xff"}', {}),
    "another media type": ("/", GOOD, {"content-type": "text/csv"}),
    "another charset": ("/", GOOD, {"content-type": "application/json; charset=utf-7"}),
    "gzip": ("/", gzip.compress(GOOD), {"content-encoding": "gzip"}),
    "broken gzip": ("/", GOOD, {"content-encoding": "gzip"}),
    "another encoding": ("/", GOOD, {"content-encoding": "br"}),
    "a long event": ("/", b" " * 20_000 + GOOD, {}),
    "an event that is too long": ("/", b'{"note": "' + b"x" * 70_000 + b'", ' + GOOD[1:], {}),
    "a key that is none": ("/", GOOD, {"idempotency-key": "x" * 300}),
    "a CloudEvent": ("/v1/events", CLOUDEVENT, {"content-type": "application/cloudevents+json"}),
    "a CloudEvent in headers": ("/v1/events", GOOD, BINARY),
}


def comparable(response: Response) -> tuple[int, bytes, dict[str, bytes]]:
    """What of a response does not depend on the moment, nor on what DRF says about itself."""
    headers = {name: IDS.sub(b"id", value.encode()) for name, value in response.headers.items()}
    for name in ("allow", "content-length", "vary"):
        headers.pop(name, None)
    return response.status, IDS.sub(b"id", response.body), headers


@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_comes_of_a_request_on_both_paths(web: WebProcess, name: str) -> None:
    path, body, headers = REQUESTS[name]
    with patch.object(application, "handler", side_effect=AssertionError("not the fast path")):
        fast = web.post(path, body, headers)
    left = rows_in(*TABLES)

    assert comparable(fast) == comparable(through_django(path, body, headers))
    assert {table: 2 * rows for table, rows in left.items()} == rows_in(*TABLES)


def test_a_key_is_the_same_on_both_paths(web: WebProcess) -> None:
    key = {"idempotency-key": "once"}
    first = web.post("/", GOOD, key)
    again = through_django("/", GOOD, key)
    assert (first.status, first.body) == (again.status, again.body)
    assert rows_in("inbox") == {"inbox": 1}
    assert web.post("/", b" " + GOOD, key).status == 422


def test_a_backlog_over_its_limit_is_503(web: WebProcess, settings: LazySettings) -> None:
    assert web.post("/", b"[" + GOOD + b"," + GOOD + b"]", {}).status == 202
    settings.MAX_BACKLOG_EVENTS = 1
    with patch.object(back_pressure, "_next_look", 0.0), patch.object(back_pressure, "_refusing", new=False):
        refused = web.post("/", GOOD, {})
    assert json.loads(refused.body)["code"] == "backlog_full"


def test_a_defect_of_ours_is_500_and_harms_no_other_request(web: WebProcess) -> None:
    with patch.object(IntakeView, "receive", side_effect=RuntimeError("a defect")):
        failed = web.post("/", GOOD, {})
    assert (failed.status, failed.headers["content-type"]) == (500, "application/problem+json")
    assert web.post("/", GOOD, {}).status == 202


@pytest.mark.parametrize(
    ("method", "path", "host", "is_fast"),
    [
        ("POST", "/", "localhost", True),
        ("POST", "/v1/events/heartbeat", "localhost:8000", True),
        ("GET", "/", "localhost", False),
        ("POST", "/v1/stats", "localhost", False),
        ("POST", "/nowhere", "localhost", False),
        ("POST", "/", "elsewhere", False),
        ("POST", "/", "", False),
    ],
)
def test_only_posts_of_events_to_a_host_of_ours_are_fast(method: str, path: str, host: str, is_fast: bool) -> None:
    assert (routes.fast_route(method, path, {"HTTP_HOST": host}) is not None) == is_fast


def test_where_https_is_demanded_other_requests_take_the_usual_way(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    plain = {"HTTP_HOST": "localhost"}
    assert routes.fast_route("POST", "/", plain) is None
    assert routes.fast_route("POST", "/", plain | {"HTTP_X_FORWARDED_PROTO": "https"}) is not None


def test_a_wrong_host_is_400(web: WebProcess) -> None:
    refused = web.post("/", GOOD, {"host": "elsewhere"})
    assert (refused.status, json.loads(refused.body)["code"]) == (400, "wrong_host")
    assert rows_in("inbox") == {"inbox": 0}

"""A response of 202 waits for the commit."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.db import connection

from events.database import fetch_all, fetch_one
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import heartbeat, rows_in
from tests.support.web.in_process import Response, WebProcess, through_django


@pytest.fixture(params=["fast path", "view"])
def send(request: pytest.FixtureRequest, web: WebProcess) -> Callable[[object], Response]:
    """Posts to the heartbeats' route, on either way."""
    post = web.post if request.param == "fast path" else through_django
    return lambda body: post("/", json.dumps(body).encode(), {})


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("inbox", heartbeat("ann", "alien", 10)),
        ("chunks", [heartbeat("ann", "alien", 10), heartbeat("ann", "alien", 20)]),
    ],
)
def test_no_response_before_the_row_is_committed(
    gate: Gate, send: Callable[[object], Response], table: str, body: object
) -> None:
    gate.hold(f"LOCK TABLE {table} IN SHARE MODE")
    response = gate.start(partial(send, body))
    gate.wait_for_waiters(1)
    assert not response.done()
    gate.open()
    assert response.result(timeout=30).status == 202
    assert rows_in(table) == {table: 1}


def test_a_commit_that_never_comes_is_503(gate: Gate, send: Callable[[object], Response]) -> None:
    gate.hold("LOCK TABLE inbox IN SHARE MODE")
    response = gate.start(partial(send, heartbeat("ann", "alien", 10)))
    gate.wait_for_waiters(1)
    gate.hold(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    refused = response.result(timeout=30)
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert json.loads(refused.body)["code"] == "database_unavailable"
    gate.open()
    assert rows_in("inbox", "chunks") == {"inbox": 0, "chunks": 0}


def test_requests_beyond_those_that_a_process_works_on_are_refused_at_once(
    web: WebProcess, gate: Gate, settings: LazySettings
) -> None:
    settings.MAX_REQUESTS_UNDER_WAY = 3
    good = json.dumps(heartbeat("ann", "alien", 10)).encode()
    gate.hold("LOCK TABLE inbox, operations IN SHARE MODE")
    responses = [gate.start(partial(web.post, "/", body, {})) for body in (good, good, b"[" + good + b"]")]
    gate.wait_for_waiters(2)

    refused = web.post("/", good, {})

    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert json.loads(refused.body)["code"] == "busy"
    gate.open()
    assert [response.result(timeout=30).status for response in responses] == [202] * 3
    assert web.post("/", good, {}).status == 202


@pytest.mark.django_db
def test_a_commit_waits_for_the_disk() -> None:
    assert fetch_all("SHOW synchronous_commit") == [("on",)]
    if django_settings.EMBEDDED_DATABASE:  # a server that is not ours is set up by its owner
        assert fetch_all("SHOW fsync") == [("on",)]
        assert fetch_all("SHOW full_page_writes") == [("on",)]


@pytest.mark.django_db
def test_the_database_is_postgresql() -> None:
    assert connection.vendor == "postgresql"
    version = fetch_one("SHOW server_version_num")
    assert version is not None
    assert int(version[0]) >= 150000

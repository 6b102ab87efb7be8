"""An answer of 202 waits for the commit."""

import json
from functools import partial

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from events.database import fetch_all, fetch_one
from tests.integration.concurrency.gate import Gate
from tests.pipeline import heartbeat, rows_in


def send(body: object) -> HttpResponse:
    """Posts to the heartbeats' route."""
    return Client().post("/", json.dumps(body).encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("inbox", heartbeat("ann", "alien", 10)),
        ("chunks", [heartbeat("ann", "alien", 10), heartbeat("ann", "alien", 20)]),
    ],
)
def test_no_answer_before_the_row_is_committed(gate: Gate, table: str, body: object) -> None:
    gate.hold(f"LOCK TABLE {table} IN SHARE MODE")
    answer = gate.start(partial(send, body))
    gate.wait_for_waiters(1)
    assert not answer.done()
    gate.open()
    assert answer.result(timeout=30).status_code == 202
    assert rows_in(table) == {table: 1}


def test_a_commit_that_never_comes_is_answered_503(gate: Gate) -> None:
    gate.hold("LOCK TABLE inbox IN SHARE MODE")
    answer = gate.start(partial(send, heartbeat("ann", "alien", 10)))
    gate.wait_for_waiters(1)
    gate.hold(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    assert answer.result(timeout=30).status_code == 503
    gate.open()
    assert rows_in("inbox", "chunks") == {"inbox": 0, "chunks": 0}


@pytest.mark.django_db
def test_a_commit_waits_for_the_disk() -> None:
    assert fetch_all("SHOW synchronous_commit") == [("on",)]
    if settings.EMBEDDED_DATABASE:  # a server that is not ours is set up by its owner
        assert fetch_all("SHOW fsync") == [("on",)]
        assert fetch_all("SHOW full_page_writes") == [("on",)]


@pytest.mark.django_db
def test_the_database_is_postgresql() -> None:
    assert connection.vendor == "postgresql"
    version = fetch_one("SHOW server_version_num")
    assert version is not None
    assert int(version[0]) >= 150000

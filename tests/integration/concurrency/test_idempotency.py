"""One Idempotency-Key, used by two requests at the same moment."""

import json
from functools import partial

from django.http import HttpResponse
from django.test import Client

from events.database import fetch_all
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import heartbeat, rows_in

HELD = (
    "INSERT INTO idempotent_responses (principal, route, key, body_hash, created_at) "
    "VALUES ('anonymous', '/v1/events/heartbeat', 'k', '', now())"
)


def send(*beats: dict[str, object]) -> HttpResponse:
    """Posts the heartbeats under the key."""
    return Client().post(
        "/v1/events/heartbeat",
        json.dumps(beats).encode(),
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )


def test_two_requests_at_once_with_one_key_count_once(gate: Gate) -> None:
    request = partial(send, heartbeat("ann", "alien", 10), heartbeat("bob", "alien", 20))
    first, second = gate.pass_together(HELD, request, request)
    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    assert rows_in("operations", "chunks", "inbox", "idempotent_responses") == {
        "operations": 1,
        "chunks": 1,
        "inbox": 0,
        "idempotent_responses": 1,
    }
    ((operation,),) = fetch_all("SELECT id::text FROM operations")
    assert json.loads(first.content)["operation"] == operation


def test_two_requests_at_once_with_one_key_and_different_bodies_accept_one(gate: Gate) -> None:
    answers = gate.pass_together(
        HELD, partial(send, heartbeat("ann", "alien", 10)), partial(send, heartbeat("ann", "alien", 20))
    )
    assert sorted(answer.status_code for answer in answers) == [202, 422]
    assert rows_in("operations", "chunks", "idempotent_responses") == {
        "operations": 1,
        "chunks": 1,
        "idempotent_responses": 1,
    }

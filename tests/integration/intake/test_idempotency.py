"""`Idempotency-Key`: which requests are the same one, for how long, and what is kept of those that failed."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from events.clock import utc_now
from events.database import fetch_all
from events.exceptions import IdempotencyConflict
from events.intake.idempotency import KeyedRequest, respond_once
from tests.support.pipeline import heartbeat, rows_in

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = KeyedRequest(principal="ann", route="/v1/events", key="k", body=b"body")


def send(*beats: dict[str, Any], route: str = "/v1/events/heartbeat", key: str = "k") -> Any:
    """The status of a request with the key, and its answer."""
    response = Client().post(
        route, json.dumps(beats).encode(), content_type="application/json", headers={"Idempotency-Key": key}
    )
    return response.status_code, response.json()


def counting(answers: list[bytes]) -> Any:
    """Answers with a number, another one each time."""

    def answer() -> bytes:
        answers.append(str(len(answers)).encode())
        return answers[-1]

    return partial(respond_once, respond=answer)


def test_the_same_request_again_is_answered_the_same_and_accepts_nothing() -> None:
    first = send(heartbeat("ann", "alien", 10))
    assert first[0] == 202
    assert send(heartbeat("ann", "alien", 10)) == first
    assert rows_in("operations", "chunks") == {"operations": 1, "chunks": 1}


def test_another_body_under_the_key_is_refused() -> None:
    send(heartbeat("ann", "alien", 10))
    status, problem = send(heartbeat("ann", "alien", 11))
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    assert rows_in("operations", "chunks") == {"operations": 1, "chunks": 1}


def test_another_route_or_key_is_another_request() -> None:
    beat = heartbeat("ann", "alien", 10) | {"type": "heartbeat"}
    assert send(beat)[0] == send(beat, route="/v1/events")[0] == send(beat, key="other")[0] == 202
    assert rows_in("operations") == {"operations": 3}


def test_another_principals_key_is_another_request() -> None:
    answer = counting([])
    now = utc_now()
    assert answer(REQUEST, now=now) == answer(REQUEST, now=now) == b"0"
    assert answer(KeyedRequest("bob", REQUEST.route, REQUEST.key, REQUEST.body), now=now) == b"1"


def test_a_key_is_free_again_after_a_day() -> None:
    answer = counting([])
    now = utc_now()
    assert answer(REQUEST, now=now) == b"0"
    assert answer(REQUEST, now=now + timedelta(hours=23, minutes=59)) == b"0"
    assert answer(REQUEST, now=now + timedelta(hours=24, minutes=1)) == b"1"
    # from then on it is the new request's
    other = KeyedRequest(REQUEST.principal, REQUEST.route, REQUEST.key, b"other")
    with pytest.raises(IdempotencyConflict):
        answer(other, now=now + timedelta(hours=25))
    assert answer(REQUEST, now=now + timedelta(hours=47)) == b"1"


def test_a_request_that_accepted_nothing_leaves_its_key_free() -> None:
    status, _ = send(heartbeat("ann", "alien", -1))
    assert status == 400
    assert rows_in("idempotent_responses") == {"idempotent_responses": 0}
    assert send(heartbeat("ann", "alien", 10))[0] == 202


def test_the_key_is_kept_with_what_it_answered() -> None:
    _, answer = send(heartbeat("ann", "alien", 10))
    ((principal, route, key, kept),) = fetch_all("SELECT principal, route, key, response FROM idempotent_responses")
    assert (principal, route, key) == ("anonymous", "/v1/events/heartbeat", "k")
    assert json.loads(bytes(kept))["body"] == answer

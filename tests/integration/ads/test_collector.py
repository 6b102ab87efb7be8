"""GET /event_collector and GET /event."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlencode

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from events.clock import utc_now
from events.models import FailedEvent
from events.states import StepName
from events.systems.ads.intake import collect_event
from tests.integration.ads.collecting import process_everything, send
from tests.support.ads import Row, seen, served
from tests.support.deaths import die_at_every_statement
from tests.support.pipeline import ends, rows_in

SAVED = "event saved"
INCOMPLETE = "Invalid event, both eventId and eventTimestamp must have values"
UNPARSABLE = "unparsable event"


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["/event_collector", "/event"])
@pytest.mark.parametrize(
    ("fields", "type_name"),
    [
        (served("1", "10:00"), "ad_serving"),
        ({"eventId": "1", "eventTimestamp": "10:00"}, "ad_serving"),
        (seen("1", "10:00", "ad"), "ad_impression"),
        (seen("1", "10:00", "ad", eventType="click"), "ad_click"),
        ({"eventId": "1", "eventTimestamp": "soon", "campaign": "a field of their own", "format": "png"}, "ad_serving"),
    ],
)
def test_an_event_is_saved_and_processed(route: str, fields: Row, type_name: str) -> None:
    assert send(fields, route=route) == SAVED
    process_everything()
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, user_key, data FROM events")
        assert [(kind, user, json.loads(data)) for kind, user, data in cursor.fetchall()] == [
            (type_name, fields.get("userId", ""), fields)
        ]
    assert rows_in("failed_events", "inbox") == {"failed_events": 0, "inbox": 0}


@pytest.mark.django_db(transaction=True)
def test_a_saved_event_is_committed_before_the_answer() -> None:
    assert send(served("1", "10:00")) == SAVED
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute("SELECT type FROM inbox")
        assert cursor.fetchall() == [("ad_serving",)]
    other.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "answer", "field", "code"),
    [
        ({}, INCOMPLETE, "eventId", "required"),
        (served("", "10:00"), INCOMPLETE, "eventId", "wrong_length"),
        (served("1", ""), INCOMPLETE, "eventTimestamp", "wrong_length"),
        (seen("", "", "", eventType="what"), INCOMPLETE, None, None),
        (seen("1", "10:00", ""), UNPARSABLE, "parentEventId", "wrong_length"),
        (served("1", "10:00", parentEventId="ad"), UNPARSABLE, "parentEventId", None),
        (seen("1", "10:00", "ad", eventType="conversion"), UNPARSABLE, "eventType", None),
        (seen("1", "10:00", "ad", eventType="Click"), UNPARSABLE, "eventType", None),
        (served("1" * 256, "10:00"), UNPARSABLE, "eventId", "wrong_length"),
        (served("1\0", "10:00"), UNPARSABLE, "eventId", "nul_character"),
        (served("1", "10:00", price="x" * 70_000), UNPARSABLE, "", "too_large"),
        (served("1", "10:00", type="bet"), UNPARSABLE, "type", "type_mismatch"),
    ],
)
def test_a_rejected_request_is_counted_and_kept_with_its_reason(
    fields: Row, answer: str, field: str | None, code: str | None
) -> None:
    assert send(fields) == answer
    (failed,) = FailedEvent.objects.all()
    assert (failed.step, failed.operation_id, failed.index) == (StepName.VALIDATE, None, None)
    assert field is None or failed.field == field
    assert code is None or failed.code == code
    assert failed.message
    assert failed.code == "too_large" or json.loads(failed.payload) == fields
    assert {kind: rejected for kind, (*_, rejected, _, _) in ends().items()} == {failed.type: 1}
    assert rows_in("inbox") == {"inbox": 0}


@pytest.mark.django_db
def test_a_query_that_is_not_utf8_is_rejected_and_kept() -> None:
    response = Client().get("/event_collector", QUERY_STRING="eventId=%FF&eventTimestamp=10:00")
    assert response.content.decode() == INCOMPLETE
    (failed,) = FailedEvent.objects.all()
    assert failed.payload == "eventId=%FF&eventTimestamp=10:00"


@pytest.mark.django_db
def test_of_a_parameter_sent_twice_the_first_counts() -> None:
    response = Client().get("/event", QUERY_STRING="eventId=1&eventTimestamp=10:00&userId=ann&userId=bob")
    assert response.content.decode() == SAVED
    process_everything()
    assert _users() == ["ann"]


@pytest.mark.django_db
def test_the_same_event_sent_again_counts_once() -> None:
    assert [send(served("1", "10:00")), send(served("1", "10:00")), send(seen("1", "10:06", "1"))] == [SAVED] * 3
    process_everything()
    assert rows_in("events", "duplicate_events") == {"events": 2, "duplicate_events": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["image/png", "text/csv", "nonsense", "application/json; indent=4"])
def test_whatever_the_client_accepts_it_gets_the_text(accept: str) -> None:
    response = Client(headers={"accept": accept}).get("/event", served("1", "10:00"))
    assert (response.status_code, response.content.decode()) == (200, SAVED)
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_head_request_saves_nothing() -> None:
    assert Client().head("/event", served("1", "10:00")).status_code == 405
    assert rows_in("inbox", "failed_events") == {"inbox": 0, "failed_events": 0}


def _users() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_key FROM events ORDER BY id")
        return [user for (user,) in cursor.fetchall()]


DUPLICATE = "duplicate event"


@pytest.mark.django_db
@pytest.mark.parametrize("first_is_stored", [True, False])
def test_a_known_id_with_other_content_is_a_duplicate_and_the_first_counts(*, first_is_stored: bool) -> None:
    assert send(served("1", "10:00")) == SAVED
    if first_is_stored:
        process_everything()
    assert send(served("1", "10:05")) == DUPLICATE
    assert send(served("1", "10:00", user="bob")) == DUPLICATE
    assert send(served("1", "10:00")) == SAVED
    process_everything()
    assert _users() == ["ann"]
    assert ends()["ad_serving"][:2] == (1, 3)


@pytest.mark.django_db(transaction=True)
def test_of_the_same_id_sent_with_different_contents_at_once_one_is_saved() -> None:
    def send_and_close(number: int) -> str:
        try:
            return send(served("1", f"10:0{number}"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(send_and_close, range(8)))
    assert sorted(told) == [DUPLICATE] * 7 + [SAVED]
    process_everything()
    assert rows_in("events", "duplicate_events") == {"events": 1, "duplicate_events": 7}


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["/event_collector", "/event"])
@pytest.mark.parametrize("how", ["json", "form", "query", "no media type"])
def test_posting_works_as_getting_does(route: str, how: str) -> None:
    fields = seen("1", "10:00", "ad", eventType="click")
    match how:
        case "json":
            response = Client().post(route, json.dumps(fields), content_type="application/json")
        case "form":
            response = Client().post(route, urlencode(fields), content_type="application/x-www-form-urlencoded")
        case "query":
            response = Client().post(f"{route}?{urlencode(fields)}", b"", content_type="application/json")
        case _:
            response = Client().generic("POST", route, json.dumps(fields), content_type="")
    assert (response.status_code, response.content.decode()) == (200, SAVED)
    process_everything()
    assert _users() == ["ann"]
    assert ends()["ad_click"][0] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"eventId": "1"}', INCOMPLETE),
        (b"[]", INCOMPLETE),
        (b"\x00", INCOMPLETE),
        (b"\xff", INCOMPLETE),
        (b"not JSON", INCOMPLETE),
        (b'{"eventId": {"a": 1}, "eventTimestamp": "10:00"}', UNPARSABLE),
        (b'{"eventId": "1", "eventTimestamp": "10:00", "eventType": 5}', UNPARSABLE),
        (b"[" * 100_000, INCOMPLETE),
    ],
)
def test_a_posted_body_that_is_no_ad_event_is_rejected_and_kept(body: bytes, answer: str) -> None:
    response = Client().post("/event", body, content_type="application/json")
    assert (response.status_code, response.content.decode()) == (200, answer)
    assert rows_in("inbox", "failed_events") == {"inbox": 0, "failed_events": 1}


@pytest.mark.django_db
def test_a_posted_cloudevent_is_saved() -> None:
    event = {"specversion": "1.0", "id": "a", "source": "/ads", "type": "ad_serving"}
    body = event | {"data": served("1", "10:00")}
    response = Client().post("/event", json.dumps(body), content_type="application/json")
    assert (response.status_code, response.content.decode()) == (200, SAVED)


@pytest.mark.django_db(transaction=True)
def test_a_get_that_dies_at_any_statement_has_done_nothing() -> None:
    raw = json.dumps(served("1", "10:00")).encode()
    died_at, _ = die_at_every_statement(partial(collect_event, raw, owner=None, now=utc_now()))
    assert len(died_at) > 1
    assert rows_in("inbox", "dedupe_keys") == {"inbox": 1, "dedupe_keys": 1}

"""CloudEvents 1.0 on the intake routes. The examples are those of the specification, v1.0.2."""

import base64
import json
from typing import Any

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from django.test import Client

from events.clock import utc_now
from events.models import Event, UnsupportedEvent
from events.pipeline.drain import drain
from tests.support.pipeline import chunk_ids, ends, process

pytestmark = pytest.mark.django_db

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"

# spec.md, "Example", and formats/json-format.md, 3.2 and 4.2
SPECIFICATION: list[dict[str, Any]] = [
    {
        "specversion": "1.0",
        "type": "com.github.pull_request.opened",
        "source": "https://github.com/cloudevents/spec/pull",
        "subject": "123",
        "id": "A234-1234-1234",
        "time": "2018-04-05T17:31:00Z",
        "comexampleextension1": "value",
        "comexampleothervalue": 5,
        "datacontenttype": "text/xml",
        "data": '<much wow="xml"/>',
    },
    {
        "specversion": "1.0",
        "type": "com.example.someevent",
        "source": "/mycontext",
        "subject": None,
        "id": "C234-1234-1234",
        "time": "2018-04-05T17:31:00Z",
        "comexampleextension1": "value",
        "comexampleothervalue": 5,
        "unsetextension": None,
        "datacontenttype": "application/json",
        "data": {"appinfoA": "abc", "appinfoB": 123, "appinfoC": True},
    },
    {
        "specversion": "1.0",
        "type": "com.example.someevent",
        "source": "/mycontext",
        "id": "B234-1234-1234",
        "time": "2018-04-05T17:31:00Z",
        "datacontenttype": "application/vnd.apache.thrift.binary",
        "data_base64": "... base64 encoded string ...",
    },
]


def enveloped(data: Any, **attributes: Any) -> dict[str, Any]:
    """A CloudEvent around a heartbeat's data."""
    return {"specversion": "1.0", "id": "7", "source": "/players", "type": "heartbeat", "data": data} | attributes


def through() -> None:
    """Processes everything that was accepted."""
    drain(now=utc_now())
    process(chunk_ids())


@pytest.mark.parametrize("example", SPECIFICATION)
def test_the_specifications_examples_are_kept_as_they_came(example: dict[str, Any], client: Client) -> None:
    response = client.post("/v1/events", json.dumps(example), content_type=STRUCTURED)
    assert response.status_code == 202, response.content
    (kept,) = UnsupportedEvent.objects.all()
    assert kept.type == example["type"]
    assert json.loads(kept.payload) == example


def test_the_specifications_batch_is_taken(client: Client) -> None:
    response = client.post("/v1/events", json.dumps(SPECIFICATION), content_type=f"{BATCHED}; charset=UTF-8")
    assert response.status_code == 202
    assert response.json()["unsupported"] == 3


@pytest.mark.parametrize("route", ["/v1/events", "/v1/event", "/v1/events/heartbeat", "/"])
@pytest.mark.parametrize("mode", ["structured", "binary", "plain"])
def test_every_route_takes_every_mode(mode: str, route: str, client: Client) -> None:
    event = CloudEvent(
        {"id": "7", "source": "/players", "type": "heartbeat", "subject": "ann", "specversion": "1.0"},
        {"slug": "dune", "at": 12},
    )
    to_message = http.to_binary if mode == "binary" else http.to_structured
    message = to_message(event, JSONFormat())
    headers = {name: str(value) for name, value in message.headers.items()}
    content_type = next((v for k, v in headers.items() if k.lower() == "content-type"), "application/json")
    if mode == "plain":
        content_type = "application/json"
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    response = client.post(route, message.body, content_type=content_type, headers=others)
    assert response.status_code == 202, response.content
    assert list(response.json()) == ["event"]
    through()
    stored = Event.objects.get()
    assert (stored.type, stored.user_key, stored.item_key, stored.data["at"]) == ("heartbeat", "ann", "dune", 12)


def test_a_batch_may_hold_some_that_are_wrong(client: Client) -> None:
    batch = [
        enveloped({"user": "ann", "slug": "dune", "at": 1}),
        {"user": "ann", "slug": "dune", "at": 2, "type": "heartbeat"},
        enveloped({"user": "ann", "slug": "dune", "at": 3}, specversion="0.3"),
        enveloped({"user": "ann", "slug": "dune", "at": 4}, source=""),
        enveloped("text"),
        enveloped({"user": "ann", "slug": "dune", "at": -1}, id="8"),
    ]
    response = client.post("/v1/events", json.dumps(batch), content_type=BATCHED)
    assert response.status_code == 202
    assert response.json()["accepted"] == 1
    assert [(error["index"], error["field"], error["code"]) for error in response.json()["errors"]] == [
        (1, "specversion", "required"),
        (2, "specversion", "unsupported_version"),
        (3, "source", "wrong_type"),
        (4, "data", "not_an_object"),
        (5, "at", "out_of_range"),
    ]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [([], BATCHED), ({}, BATCHED), ([enveloped({})], STRUCTURED), ({"at": 1}, STRUCTURED), ("text", STRUCTURED)],
)
def test_what_is_not_what_its_media_type_says_is_refused(body: Any, content_type: str, client: Client) -> None:
    assert client.post("/v1/events", json.dumps(body), content_type=content_type).status_code == 400


def test_data_in_base64_are_read(client: Client) -> None:
    def post(data: bytes) -> int:
        event = enveloped(None, data_base64=base64.b64encode(data).decode(), subject="ann")
        del event["data"]
        return client.post("/v1/events", json.dumps(event), content_type=STRUCTURED).status_code

    assert post(b'{"slug": "dune", "at": 1}') == 202
    assert post(b"<xml/>") == 400
    assert post(b'{"a":' * 5000 + b"1" + b"}" * 5000) == 400
    assert post(b'{"slug": "' + b"\xff" + b'", "at": 1}') == 400
    through()
    assert Event.objects.get().user_key == "ann"


def test_source_and_id_together_are_the_identity(client: Client) -> None:
    heartbeat = {"user": "ann", "slug": "dune", "at": 1}
    for source, identity in (("/a", "1"), ("/a", "1"), ("/b", "1"), ("/a", "2")):
        client.post("/", json.dumps(enveloped(heartbeat, source=source, id=identity)), content_type=STRUCTURED)
    through()
    assert ends() == {"heartbeat": (3, 1, 0, 0, 0, 0)}


def test_the_attributes_stand_in_for_what_the_data_lack(client: Client) -> None:
    attributes = {"subject": "ann", "time": "2026-01-31T12:00:00Z", "myextension": "kept"}
    for data in ({"slug": "dune", "at": 1}, {"user": "bob", "slug": "dune", "at": 1, "time": 1769860700, "id": None}):
        client.post("/", json.dumps(enveloped(data, **attributes)), content_type=STRUCTURED)
    through()
    ann, bob = Event.objects.order_by("user_key")
    assert (ann.user_key, ann.time.isoformat(), ann.data["id"]) == ("ann", "2026-01-31T12:00:00+00:00", "7")
    assert ann.data["cloudevent"] == {"id": "7", "source": "/players", **attributes}
    assert (bob.user_key, bob.time.isoformat()) == ("bob", "2026-01-31T11:58:20+00:00")


def test_the_route_and_the_cloudevent_must_name_the_same_type(client: Client) -> None:
    event = enveloped({"user": "ann", "slug": "dune", "at": 1}, type="bet")
    response = client.post("/", json.dumps(event), content_type=STRUCTURED)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "type_mismatch"


def test_the_body_of_a_binary_event_says_nothing_but_the_data(client: Client) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "7",
        "ce-source": "/players",
        "ce-type": "heartbeat",
        "ce-subject": "J%C3%BCrgen",
    }
    response = client.post("/", b'1, "id": "8"', content_type="application/json", headers=headers)
    assert response.status_code == 400
    body = b'{"slug": "dune", "at": 1}'
    assert client.post("/", body, content_type="application/json", headers=headers).status_code == 202
    through()
    assert Event.objects.get().user_key == "Jürgen"

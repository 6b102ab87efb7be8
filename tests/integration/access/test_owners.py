"""Idempotency keys and the identities of events belong to the owner of the API key that they came with."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from events.access.models import ApiKey
from events.clock import utc_now
from events.database import fetch_all
from events.intake.replay import failed_events, replay_failed, replay_unsupported
from events.models import FailedEvent
from events.pipeline.drain import drain
from events.types.base import EventData, Key
from events.types.registry import event_type, event_types
from tests.support.access import bearer, store_key
from tests.support.ads import served
from tests.support.pipeline import chunk_ids, ends, heartbeat, process, rows_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("closed")]

BEAT = heartbeat("ann", "alien", 10, second=0, id="1")


def send(event: Any, key: str | None, *, route: str = "/v1/events/heartbeat", once: str | None = None) -> Any:
    headers = (bearer(key) if key else {}) | ({"idempotency-key": once} if once else {})
    response = Client().post(route, json.dumps(event).encode(), content_type="application/json", headers=headers)
    assert response.status_code == 202, response.content
    return response.json()


def process_all() -> None:
    while drain(now=utc_now()):
        pass
    process(chunk_ids())


def test_two_clients_with_one_idempotency_key_do_not_meet() -> None:
    shop, till = store_key("ingest", name="shop"), store_key("ingest", name="till")
    first = send(BEAT, shop, once="k")
    other = send(BEAT | {"at": 11}, till, once="k")
    assert first != other
    assert send(BEAT, shop, once="k") == first
    assert rows_in("inbox") == {"inbox": 2}


def test_a_client_that_replaces_its_key_stays_the_same_owner() -> None:
    old, new = store_key("ingest", name="shop"), store_key("ingest", name="shop")
    first = send([BEAT], old, once="k")
    ApiKey.objects.filter(prefix=old[:12]).update(revoked_at=utc_now())
    assert send([BEAT], new, once="k") == first
    send(BEAT, new)
    process_all()
    assert ends() == {"heartbeat": (1, 1, 0, 0, 0, 0)}


@pytest.mark.parametrize("sent", [BEAT, [BEAT]], ids=["one event", "a batch"])
def test_two_clients_with_one_event_id_do_not_meet(sent: Any, closed: LazySettings) -> None:
    shop, till = store_key("ingest", name="shop"), store_key("ingest", name="till")
    for key in (shop, till, shop):
        send(sent, key)
    closed.REQUIRE_API_KEY = False
    send(sent, None)
    process_all()
    # shop's second one is a duplicate; nobody's is an event of its own
    assert ends() == {"heartbeat": (3, 1, 0, 0, 0, 0)}
    ((duplicate, original),) = fetch_all("SELECT id, original_id FROM duplicate_events")
    assert str(original) == str(min(event_id for (event_id,) in fetch_all("SELECT id FROM events")))
    assert str(duplicate) not in {str(event_id) for (event_id,) in fetch_all("SELECT id FROM events")}


def test_two_clients_with_one_cloudevent_do_not_meet() -> None:
    cloudevent = {"specversion": "1.0", "id": "1", "source": "s", "type": "heartbeat", "data": heartbeat("a", "b", 1)}
    for name in ("shop", "till"):
        send(cloudevent, store_key("ingest", name=name), route="/v1/events")
    process_all()
    assert ends() == {"heartbeat": (2, 0, 0, 0, 0, 0)}


def test_two_ad_clients_with_one_event_id_do_not_meet() -> None:
    keys = [store_key("ingest", name=name) for name in ("shop", "till", "shop")]
    said = [
        Client().get("/event_collector", served("1", at), headers=bearer(key)).content.decode()
        for key, at in zip(keys, ("10:00", "11:00", "12:00"), strict=True)
    ]
    assert said == ["event saved", "event saved", "duplicate event"]


def test_a_replayed_event_is_its_owners() -> None:
    """A rejected one, and one of a type that was unknown."""
    rating = {"type": "rating", "user": "ann", "id": "1", "stars": 5}
    bad = BEAT | {"at": -1, "type": "heartbeat"}
    keys = [store_key("ingest", name=name) for name in ("shop", "till")]
    for key in keys:
        send([rating, bad], key, route="/v1/events")

    @event_type("rating", user="user", identity="id")
    class Rating(EventData, frozen=True):
        user: Key
        id: str
        stars: int

    try:
        list(replay_unsupported(now=utc_now()))
        for failed in FailedEvent.objects.all():
            failed.payload = json.dumps(BEAT)
            failed.save()
        list(replay_failed(failed_events(), now=utc_now()))
        process_all()
        assert {name: ended[:2] for name, ended in ends().items()} == {"rating": (2, 0), "heartbeat": (2, 0)}
        send(rating, keys[0], route="/v1/events")
        send(BEAT, keys[1])
        process_all()
    finally:
        event_types.remove("rating")
    assert {name: ended[:2] for name, ended in ends().items()} == {"rating": (2, 1), "heartbeat": (2, 1)}

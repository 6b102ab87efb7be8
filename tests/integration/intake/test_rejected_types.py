"""A rejected item keeps the type that it names: in the admin, in statistics and where it is filtered by."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from events.database import fetch_all
from events.intake.replay import failed_events
from tests.support.pipeline import ends

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = {"type": "heartbeat", "user": "ann", "slug": "alien", "at": 1}
CLOUDEVENT = {"specversion": "1.0", "id": "1", "source": "/games"}


def post(items: list[str], path: str = "/v1/events", content_type: str = "application/json") -> Any:
    response = Client().post(path, f"[{','.join(items)}]".encode(), content_type=content_type)
    assert response.status_code == 202
    return response.json()


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ('{"type": "bet", "id": 1}', "bet"),
        ('{"id": 1, "note": "\\ud800", "type": "bet"}', "bet"),
        (json.dumps({"type": "bet", "note": "x" * 70_000}), "bet"),
        ('{"type": "mystery", "note": "\\u0000"}', "mystery"),
        (json.dumps(CLOUDEVENT | {"type": "bet", "data": {"id": 1, "type": "deposit"}}), "bet"),
        (json.dumps({"specversion": "1.0", "id": "1", "type": "bet", "data": {}}), "bet"),
        # in another spelling
        ('{"type": "APP_LAUNCH"}', "app_launch"),
        # what names no type, or nothing that could be one
        ('{"user": "ann"}', ""),
        ('{"type": null}', ""),
        ('{"type": 5}', ""),
        ('{"type": "a bet\\u0000"}', ""),
        (json.dumps({"type": "b" * 101}), ""),
        ("[1]", ""),
        ("7", ""),
    ],
)
def test_the_type_that_an_item_names_is_kept(item: str, named: str) -> None:
    answer = post([json.dumps(GOOD), item])
    assert [error["index"] for error in answer["errors"]] == [1]
    assert fetch_all("SELECT type, step FROM failed_events") == [(named, "validate")]
    assert ends() == {named: (0, 0, 0, 1, 0, 0)}


def test_where_the_route_names_the_type_it_is_the_routes() -> None:
    post([json.dumps(GOOD), '{"type": "bet"}'], "/v1/events/heartbeat")
    assert fetch_all("SELECT type FROM failed_events") == [("heartbeat",)]


def test_a_route_in_another_spelling_names_the_declared_type() -> None:
    launch = {"user_id": "ann", "device_id": "phone", "time_stamp": "2026-01-31 12:00:00"}
    post([json.dumps(launch), "{}"], "/v1/events/APP_LAUNCH")
    assert fetch_all("SELECT type FROM failed_events") == [("app_launch",)]


def test_rejected_items_are_found_by_their_type() -> None:
    operation = post([json.dumps(GOOD), '{"type": "bet", "id": 1}', '{"type": "deposit", "id": 2}'])["operation"]
    client = Client()
    shown = client.get(f"/v1/operations/{operation}/failures").json()["results"]
    assert [failure["type"] for failure in shown] == ["bet", "deposit"]
    by_type = client.get("/v1/stats").json()["by_type"]
    assert {name: counts["rejected_events"] for name, counts in by_type.items()} == {"bet": 1, "deposit": 1}
    assert failed_events("bet").count() == 1
    client.force_login(User.objects.create_superuser("operator"))
    listed = client.get("/admin/events/failedevent/", {"type": "deposit"})
    assert [failed.type for failed in listed.context["cl"].result_list] == ["deposit"]

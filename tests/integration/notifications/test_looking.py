"""Looking at notifications, over the API and in the admin."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from events.clock import utc_now
from events.intake.accept import accept_batch
from notifications.models import Notification, State
from tests.support.fitness import happen, launch, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    """A browser of somebody who may do everything."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("ada"))
    return client


def test_notifications_are_listed_by_user_and_state_page_by_page(client: Client) -> None:
    happen(launch(0, user="ann"), launch(0, user="bob"), program("started", 3, user="bob"), launch(20, user="ann"))
    pages = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/notifications", {"limit": "1", **cursor}).json()
        pages += page["results"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [(row["user"], row["state"]) for row in pages] == [
        ("ann", "pending"),
        ("bob", "cancelled"),
        ("ann", "pending"),
    ]
    of_bob = client.get("/v1/notifications", {"user": "bob"}).json()["results"]
    assert [row["reason"] for row in of_bob] == ["training_program_started at 2021-02-28T09:03:00+00:00"]
    assert of_bob[0]["body"]["type"] == of_bob[0]["type"] == "start_training"
    pending = client.get("/v1/notifications", {"user": "ann", "state": "pending"}).json()["results"]
    assert len(pending) == 2
    assert pending[0]["next_attempt_at"] == pending[0]["due_at"]


@pytest.mark.parametrize("wrong", [{"state": "gone"}, {"user": ""}, {"limit": "0"}, {"cursor": "x"}])
def test_a_wrong_parameter_is_named(wrong: dict[str, str], client: Client) -> None:
    response = client.get("/v1/notifications", wrong)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == next(iter(wrong))


def test_an_operator_cancels_and_sends_again(operator: Client) -> None:
    happen(launch(0, user="<script>"))
    row = Notification.objects.get()
    page = operator.get("/admin/notifications/notification/")
    assert escape("<script>") in page.content.decode()
    assert operator.get(f"/admin/notifications/notification/{row.pk}/change/").status_code == 200
    for action, state, reason in (("cancel", State.CANCELLED, "cancelled by ada"), ("send_again", State.PENDING, "")):
        answer = operator.post(
            "/admin/notifications/notification/", {"action": action, "_selected_action": [str(row.pk)]}, follow=True
        )
        assert "1 of 1 notifications" in answer.content.decode()
        row.refresh_from_db()
        assert (row.state, row.reason) == (state, reason)


def test_somebody_who_may_only_look_can_do_neither() -> None:
    from django.contrib.auth.models import Permission

    happen(launch(0))
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_notification"))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    page = client.get("/admin/notifications/notification/")
    assert page.status_code == 200
    assert b"_selected_action" not in page.content
    client.post(
        "/admin/notifications/notification/",
        {"action": "cancel", "_selected_action": [str(Notification.objects.get().pk)]},
    )
    assert Notification.objects.get().state == State.PENDING


def test_unsupported_events_are_listed_by_type_with_a_sample(operator: Client) -> None:
    events = [{"type": "mystery", "number": number} for number in range(3)] + [{"type": "riddle"}]
    accept_batch([json.dumps(event).encode() for event in events], type_name=None, now=utc_now())
    page = operator.get("/admin/events/unsupportedevent/")
    assert [(each["type"], each["count"]) for each in page.context["types"]] == [("mystery", 3), ("riddle", 1)]
    assert page.context["types"][0]["sample"] == '{"type": "mystery", "number": 2}'

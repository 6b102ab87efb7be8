"""Whatever is done in the admin is entered in its log: who, what, to how many."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client

from events.models import FailedEvent
from events.systems.casino.models import Player
from tests.support.admin_rows import MODELS, logged_in, make_rows
from tests.support.pipeline import heartbeat, post, process

pytestmark = pytest.mark.django_db

CHOSEN = "Replay: through the pipeline again, from the step that failed."


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def client(boss: User) -> Client:
    return logged_in(boss)


def actions_of(model: type[Model], boss: User) -> list[str]:
    """Those that somebody is offered who may do everything."""
    request = HttpRequest()
    request.user = boss
    return list(admin.site._registry[model].get_actions(request))


def newest() -> LogEntry:
    return LogEntry.objects.latest("id")


def test_every_action_of_every_page_is_entered(client: Client, boss: User) -> None:
    make_rows()
    walked = set()
    for model in MODELS:
        for action in actions_of(model, boss):
            with transaction.atomic():
                is_entered(client, boss, model, action)
                transaction.set_rollback(True)  # what one deletes the next one needs
            walked.add(action)
    assert {"replay", "cancel", "send_again", "delete_selected"} <= walked


def is_entered(client: Client, boss: User, model: type[Model], action: str) -> None:
    before = newest()
    row = model._default_manager.exclude(pk=boss.pk if model is User else None).order_by("pk")[0]
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    response = client.post(page, {"action": action, "_selected_action": [str(row.pk)], "post": "yes"})
    assert response.status_code == 302, f"{action} on {page}"
    entry = newest()
    assert entry.pk > before.pk, f"{action} on {page} writes no log entry: use events.admin_actions"
    assert entry.user == boss
    assert entry.content_type is not None
    assert entry.content_type.model_class() is model


def test_an_entry_says_who_did_what_to_how_many_and_what_came_of_it(client: Client, boss: User) -> None:
    process(post([{"user": "ann"}, {"user": "bob"}, {"slug": "alien"}, heartbeat("ann", "alien", 1)]))
    chosen = [str(failed.pk) for failed in FailedEvent.objects.all()]
    client.post("/admin/events/failedevent/", {"action": "replay", "_selected_action": chosen})
    (entry,) = LogEntry.objects.all()
    assert (entry.user, entry.object_repr, entry.action_flag) == (boss, "3 failed events", CHANGE)
    went_on = "0 events go through the pipeline again. 3 are still rejected; their reasons are those of today."
    assert entry.change_message == f"{CHOSEN} {went_on}"
    # and it can be read in the admin
    page = client.get("/admin/admin/logentry/").content.decode()
    assert "3 failed events" in page
    assert went_on in page


def test_an_action_that_breaks_off_has_an_entry_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(*_: object, **__: object) -> None:
        raise RuntimeError("on purpose")

    process(post([{"user": "ann"}, heartbeat("ann", "alien", 1)]))
    monkeypatch.setattr("events.admin.events.replay_failed", breaks_off)
    chosen = [str(FailedEvent.objects.get().pk)]
    with pytest.raises(RuntimeError, match="on purpose"):
        client.post("/admin/events/failedevent/", {"action": "replay", "_selected_action": chosen})
    assert newest().change_message == f"{CHOSEN} It was begun, and not finished."


def test_what_is_done_to_a_player_is_entered(client: Client) -> None:
    empty = {"last_signed_in_at_0": "", "last_signed_in_at_1": ""}
    client.post("/admin/casino/player/add/", {"id": "11", "email": "", **empty})
    client.post("/admin/casino/player/11/change/", {"email": "jane@example.org", **empty})
    client.post("/admin/casino/player/11/delete/", {"post": "yes"})
    assert Player.objects.count() == 0
    flags = LogEntry.objects.order_by("id").values_list("action_flag", "object_id")
    assert list(flags) == [(ADDITION, "11"), (CHANGE, "11"), (DELETION, "11")]


def test_nobody_changes_the_log(client: Client) -> None:
    make_rows()
    for path in (f"{newest().pk}/change/", f"{newest().pk}/delete/", "add/"):
        assert client.post(f"/admin/admin/logentry/{path}", {"post": "yes"}).status_code == 403


def test_who_has_done_something_is_not_deleted_with_its_entries(client: Client, boss: User) -> None:
    make_rows()
    somebody = User.objects.get(username="somebody")
    response = client.post(f"/admin/auth/user/{somebody.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
    assert LogEntry.objects.filter(user=somebody).exists()

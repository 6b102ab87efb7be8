"""The admin's page of API keys."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from events.access.keys import digest_of, is_key
from events.access.models import ApiKey
from tests.support.access import store_key

pytestmark = pytest.mark.django_db

PAGE = "/admin/access/apikey/"


@pytest.fixture
def operator() -> Client:
    """A browser of somebody who may do everything."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("operator"))
    return client


def test_a_new_key_is_shown_once(operator: Client) -> None:
    shown = operator.post(f"{PAGE}add/", {"name": "shop", "scopes": ["ingest", "read"], "limit": "", "origins": ""})
    assert shown.status_code == 200, shown.context["errors"]
    (key,) = re.findall(r"tdm_[0-9A-Za-z]{36}", shown.content.decode())
    assert is_key(key)
    stored = ApiKey.objects.get()
    assert (bytes(stored.digest), stored.scopes) == (digest_of(key), ["ingest", "read"])
    assert "no-store" in shown["Cache-Control"]
    for page in (PAGE, f"{PAGE}{stored.pk}/change/", f"{PAGE}{stored.pk}/history/"):
        assert key not in operator.get(page).content.decode()
    assert key not in str(LogEntry.objects.values())


def test_a_wrong_key_is_not_made(operator: Client) -> None:
    shown = operator.post(
        f"{PAGE}add/", {"name": "shop", "scopes": ["read"], "limit": "many", "origins": "https://a.example"}
    )
    assert "A limit is a number of events" in shown.content.decode()
    assert ApiKey.objects.count() == 0


def test_chosen_keys_are_revoked_and_that_is_logged(operator: Client) -> None:
    store_key("read", name="shop")
    store_key("read", name="till")
    chosen = ApiKey.objects.get(name="shop")
    operator.post(PAGE, {"action": "revoke", "_selected_action": [chosen.pk]})
    assert list(ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True)) == ["till"]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == ("operator", str(chosen.pk), "Revoked.")


def test_who_may_only_look_changes_nothing() -> None:
    store_key("read")
    client = Client(SERVER_NAME="localhost")
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(viewer)
    key = ApiKey.objects.get()
    assert client.get(PAGE).status_code == 200
    assert client.get(f"{PAGE}{key.pk}/change/").status_code == 200
    assert client.get(f"{PAGE}add/").status_code == 403
    assert client.post(f"{PAGE}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(PAGE, {"action": "revoke", "_selected_action": [key.pk]})
    assert ApiKey.objects.filter(revoked_at=None).count() == 1

"""The admin's pages of players."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from events.systems.casino.models import Player

pytestmark = pytest.mark.django_db

LIST = "/admin/casino/player/"


@pytest.fixture
def operator() -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.parametrize(
    ("search", "found"),
    [("", [11, 12]), ("11", [11]), ("Jane@Example.com", [11]), ("jane", []), ("9" * 30, []), ("\0", [11, 12])],
)
def test_players_are_found_by_number_and_address(operator: Client, search: str, found: list[int]) -> None:
    Player.objects.create(id=11, email="jane@example.com")
    Player.objects.create(id=12)
    shown = operator.get(LIST, {"q": search}).context["cl"].result_list
    assert sorted(player.pk for player in shown) == found


def test_players_can_be_added_changed_and_deleted_and_keep_their_number(operator: Client) -> None:
    empty = {"last_signed_in_at_0": "", "last_signed_in_at_1": ""}
    operator.post(f"{LIST}add/", {"id": "11", "email": "jane@example.com", **empty})
    assert list(Player.objects.values_list("id", "email")) == [(11, "jane@example.com")]
    operator.post(f"{LIST}11/change/", {"id": "12", "email": "jane@example.org", **empty})
    assert list(Player.objects.values_list("id", "email")) == [(11, "jane@example.org")]
    operator.post(f"{LIST}11/delete/", {"post": "yes"})
    assert Player.objects.count() == 0

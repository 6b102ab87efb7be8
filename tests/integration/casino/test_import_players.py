"""`manage.py import_players`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from events.systems.casino.models import Player
from events.systems.casino.players import ROWS_AT_ONCE

pytestmark = pytest.mark.django_db


def imported(tmp_path: Path, text: str) -> str:
    file = tmp_path / "players.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    said = StringIO()
    call_command("import_players", file, stdout=said)
    return said.getvalue()


def test_players_are_added_and_overwritten(tmp_path: Path) -> None:
    Player.objects.create(id=11, email="old@example.com")
    Player.objects.create(id=5, email="stays@example.com")
    said = imported(
        tmp_path,
        "\ufeffid,email,last_signed_in_at\r\n11,jane@example.com,2022-02-02T23:01:02.03+00:00\r\n12,,\r\n",
    )
    assert said == "2 players are in the table as the file has them.\n"
    rows = Player.objects.values_list("id", "email", "last_signed_in_at")
    assert [(number, email, moment and moment.isoformat()) for number, email, moment in rows] == [
        (5, "stays@example.com", None),
        (11, "jane@example.com", "2022-02-02T23:01:02.030000+00:00"),
        (12, "", None),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("id,email\n1,a@example.com\n", "last_signed_in_at is missing"),
        ("", "id is missing"),
        ("id,email,last_signed_in_at\n1,a@example.com,\nx,b@example.com,\n", "Line 3: id must be a whole number"),
        (f"id,email,last_signed_in_at\n{2**63},,\n", "Line 2: id must be a whole number"),
        ("id,email,last_signed_in_at\n1,nobody,\n", "Line 2: email must be an e-mail address or empty; 'nobody'"),
        ("id,email,last_signed_in_at\n1,,yesterday\n", "Line 2: last_signed_in_at must be a moment"),
    ],
)
def test_a_wrong_file_is_named_with_its_line_and_changes_nothing(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        imported(tmp_path, text)
    assert Player.objects.count() == 0


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_players", tmp_path / "nowhere.csv")


def test_a_wrong_line_after_the_first_thousand_changes_nothing(tmp_path: Path) -> None:
    lines = [f"{number},,\n" for number in range(ROWS_AT_ONCE)]
    with pytest.raises(CommandError, match="Line 1002: id must be"):
        imported(tmp_path, "id,email,last_signed_in_at\n" + "".join(lines) + "x,,\n")
    assert Player.objects.count() == 0

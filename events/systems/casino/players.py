"""The table `players` out of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from events.exceptions import InvalidField
from events.systems.casino.fields import HIGHEST
from events.systems.casino.models import Player
from events.types.times import parse_time

COLUMNS = ("id", "email", "last_signed_in_at")
ROWS_AT_ONCE = 1000
#: Of the highest number.
DIGITS = 19


def import_players(file: Path, *, now: datetime) -> int:
    """Adds the players of a CSV file with COLUMNS, and overwrites those that are there; returns how many it has.

    All of it or nothing.

    Raises:
        InvalidField: a line or a column is wrong.
        csv.Error: it is no CSV.
        OSError, UnicodeDecodeError: the file can't be read.
    """
    count = 0
    with file.open(encoding="utf-8-sig", newline="") as lines, transaction.atomic():
        players = _players_in(lines, now=now)
        while part := {
            player.pk: player for player in islice(players, ROWS_AT_ONCE)
        }:  # the last line of a player counts
            Player.objects.bulk_create(
                part.values(),
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["email", "last_signed_in_at"],
            )
            count += len(part)
    return count


def _players_in(lines: Iterable[str], *, now: datetime) -> Iterator[Player]:
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InvalidField(
            missing[0],
            "required",
            f"The first line must name the columns {', '.join(COLUMNS)}; {missing[0]} is missing.",
        )
    for row in reader:
        try:
            yield _player(row, now=now)
        except InvalidField as reason:
            raise InvalidField(reason.field, reason.code, f"Line {reader.line_num}: {reason.message}") from None


def _player(row: Mapping[str, str | None], *, now: datetime) -> Player:
    number, email, signed_in = (str(row[column] or "").strip() for column in COLUMNS)
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS and int(number) <= HIGHEST):
        raise InvalidField("id", "invalid_id", f"id must be a whole number from 0 to 2^63 - 1; {number!r:.80} is not.")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise InvalidField(
                "email", "invalid_email", f"email must be an e-mail address or empty; {email!r:.80} is not."
            ) from None
    moment = parse_time(signed_in, field="last_signed_in_at", received_at=now) if signed_in else None
    return Player(id=int(number), email=email, last_signed_in_at=moment)

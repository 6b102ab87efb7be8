"""The casino's events in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import dateformat

from events.systems.casino.currencies import EURO, in_words
from events.systems.casino.games import GAMES

#: Django's format characters: January 10th, 2022 at 12:34 UTC.
MOMENT = r"F jS, Y \a\t H:i \U\T\C"


def describe(
    type_name: str, data: Mapping[str, Any], *, created_at: datetime, amount_eur: int | None = None, email: str = ""
) -> str:
    """One sentence about an event of the casino.

    Args:
        data: the event's data.
        created_at: when it happened, UTC.
        amount_eur: its amount in EUR cents, if it has one.
        email: the player's address, if it is known.
    """
    player = f"Player #{data['player_id']}" + (f" ({email})" if email else "")
    return f"{player} {_deed(type_name, data, amount_eur)} on {dateformat.format(created_at, MOMENT)}."


def _deed(type_name: str, data: Mapping[str, Any], amount_eur: int | None) -> str:
    match type_name:
        case "game_start":
            return f"started playing {_game(data)}"
        case "game_stop":
            return f"stopped playing {_game(data)}"
        case "bet":
            return f"placed a bet of {_money(data, amount_eur)} on {_game(data)}"
        case _:
            return f"made a deposit of {_money(data, amount_eur)}"


def _game(data: Mapping[str, Any]) -> str:
    number = data["game_id"]
    return f'a game "{GAMES[number]}"' if number in GAMES else f"a game #{number}"


def _money(data: Mapping[str, Any], amount_eur: int | None) -> str:
    currency = data.get("currency") or EURO
    amount = in_words(data.get("amount", 0), currency)
    return amount if currency == EURO or amount_eur is None else f"{amount} ({in_words(amount_eur, EURO)})"

"""The casino's events in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from events.systems.casino.descriptions import describe

START = datetime(2022, 1, 10, 12, 34, 56, 789000, tzinfo=UTC)
BET = datetime(2022, 2, 2, 23, 45, 57, tzinfo=UTC)
DEPOSIT = datetime(2022, 3, 3, 12, 12, 12, tzinfo=UTC)
JANE = "jane@example.com"


@pytest.mark.parametrize(
    ("type_name", "data", "moment", "known", "sentence"),
    [
        (
            "game_start",
            {"player_id": 10, "game_id": 100},
            START,
            {},
            'Player #10 started playing a game "Rocket Dice" on January 10th, 2022 at 12:34 UTC.',
        ),
        (
            "bet",
            {"player_id": 11, "game_id": 101, "amount": 500, "currency": "USD"},
            BET,
            {"amount_eur": 468, "email": JANE},
            (
                'Player #11 (jane@example.com) placed a bet of 5 USD (4.68 EUR) on a game "It\'s bananas!" '
                "on February 2nd, 2022 at 23:45 UTC."
            ),
        ),
        (
            "deposit",
            {"player_id": 12, "amount": 10000, "currency": "EUR"},
            DEPOSIT,
            {"amount_eur": 10000},
            "Player #12 made a deposit of 100 EUR on March 3rd, 2022 at 12:12 UTC.",
        ),
        (
            "game_stop",
            {"player_id": 10, "game_id": 123},
            START,
            {},
            "Player #10 stopped playing a game #123 on January 10th, 2022 at 12:34 UTC.",
        ),
        (
            "bet",
            {"player_id": 11, "game_id": 107, "amount": 1, "currency": "BTC"},
            BET,
            {"amount_eur": 0},
            (
                'Player #11 placed a bet of 0.00000001 BTC (0 EUR) on a game "#BarsAndBells" '
                "on February 2nd, 2022 at 23:45 UTC."
            ),
        ),
        (
            "bet",
            {"player_id": 11, "game_id": 109},
            BET,
            {"amount_eur": 0},
            'Player #11 placed a bet of 0 EUR on a game "ChilliPop" on February 2nd, 2022 at 23:45 UTC.',
        ),
    ],
)
def test_descriptions(
    type_name: str, data: dict[str, Any], moment: datetime, known: dict[str, Any], sentence: str
) -> None:
    assert describe(type_name, data, created_at=moment, **known) == sentence

"""What the casino's event types accept."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from events.exceptions import InvalidField
from events.intake.validation import validate
from events.records import EventRecord

BET = {"id": 1, "player_id": 10, "game_id": 100, "created_at": "2022-01-10T12:34:56.789+00:00"}


def accepted(type_name: str, **fields: Any) -> EventRecord:
    data = {name: value for name, value in (BET | fields).items() if value is not ...}
    item = validate(
        json.dumps(data).encode(), event_id="e", received_at=datetime(2026, 1, 1, tzinfo=UTC), type_name=type_name
    )
    assert isinstance(item, EventRecord)
    return item


def complaint(type_name: str, **fields: Any) -> tuple[str, str]:
    with pytest.raises(InvalidField) as refused:
        accepted(type_name, **fields)
    return refused.value.field, refused.value.code


def test_roles() -> None:
    bet = accepted("bet", amount=300, currency="EUR", has_won=True)
    assert (bet.user, bet.item, bet.time.isoformat()) == ("10", "100", "2022-01-10T12:34:56.789000+00:00")
    assert accepted("deposit", game_id=..., amount=1, currency="BTC").item is None
    # the same id at another time is another event, and so is the same id of another type
    keys = {bet.dedupe_key, accepted("game_start").dedupe_key, accepted("bet", created_at=1641818097).dedupe_key}
    assert len(keys) == 3


def test_amount_and_result_may_be_absent() -> None:
    accepted("bet")
    accepted("bet", currency="EUR")
    accepted("deposit", game_id=...)


@pytest.mark.parametrize(
    ("type_name", "fields", "expected"),
    [
        ("bet", {"game_id": ...}, ("game_id", "required")),
        ("bet", {"id": ...}, ("id", "required")),
        ("game_start", {"player_id": ...}, ("player_id", "required")),
        ("game_stop", {"created_at": ...}, ("created_at", "required")),
        ("bet", {"amount": 300}, ("currency", "required")),
        ("bet", {"amount": 300, "currency": "ZZZ"}, ("currency", "unknown_currency")),
        ("bet", {"amount": 300, "currency": "eur"}, ("currency", "unknown_currency")),
        ("deposit", {"game_id": ..., "currency": ""}, ("currency", "unknown_currency")),
        ("game_start", {"created_at": "2022-02-30T00:00:00Z"}, ("created_at", "invalid_time")),
    ],
)
def test_what_is_wrong_is_named(type_name: str, fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert complaint(type_name, **fields) == expected


@pytest.mark.parametrize("amount", [-1, 1.5, True, "300", None, 2**63])
def test_amounts_are_whole_numbers_of_63_bits(amount: object) -> None:
    assert complaint("bet", amount=amount, currency="EUR")[0] == "amount"


@pytest.mark.parametrize("player", [-1, 1.5, True, "10", None, 2**63])
def test_players_are_whole_numbers_of_63_bits(player: object) -> None:
    assert complaint("bet", player_id=player)[0] == "player_id"

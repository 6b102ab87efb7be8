"""A player of the casino places a bet."""

from __future__ import annotations

from events.systems.casino.fields import SHOWN, GameId, MoneyEvent
from events.types.registry import event_type


@event_type(
    "bet",
    user="player_id",
    item="game_id",
    time="created_at",
    identity="id",
    enrichers=("currency", "player", "description"),
    shown=SHOWN,
    example={
        "id": 2,
        "player_id": 11,
        "game_id": 101,
        "amount": 500,
        "currency": "USD",
        "has_won": True,
        "created_at": "2026-01-31T12:00:00Z",
    },
)
class Bet(MoneyEvent, frozen=True, kw_only=True):
    """A player placed a bet on a game, and won or lost it."""

    game_id: GameId
    has_won: bool = False

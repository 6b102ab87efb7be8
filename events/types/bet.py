"""A player of the casino places a bet."""

from __future__ import annotations

from events.types.base import event_type
from events.types.casino_fields import GameId, MoneyEvent


@event_type(
    "bet",
    user="player_id",
    item="game_id",
    time="created_at",
    identity="id",
    enrichers=("currency", "player", "description"),
)
class Bet(MoneyEvent, frozen=True, kw_only=True):
    """A player placed a bet on a game, and won or lost it."""

    game_id: GameId
    has_won: bool = False

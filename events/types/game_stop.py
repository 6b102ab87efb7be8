"""A player stops playing a game of the casino."""

from __future__ import annotations

from events.types.base import event_type
from events.types.casino_fields import CasinoEvent, GameId


@event_type(
    "game_stop",
    user="player_id",
    item="game_id",
    time="created_at",
    identity="id",
    enrichers=("player", "description"),
)
class GameStop(CasinoEvent, frozen=True, kw_only=True):
    """A player stopped playing a game."""

    game_id: GameId

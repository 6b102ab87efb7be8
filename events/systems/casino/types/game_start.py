"""A player starts playing a game of the casino."""

from __future__ import annotations

from events.systems.casino.fields import SHOWN, CasinoEvent, GameId
from events.types.registry import event_type


@event_type(
    "game_start",
    user="player_id",
    item="game_id",
    time="created_at",
    identity="id",
    enrichers=("player", "description"),
    shown=SHOWN,
    example={"id": 1, "player_id": 11, "game_id": 101, "created_at": "2026-01-31T12:00:00Z"},
)
class GameStart(CasinoEvent, frozen=True, kw_only=True):
    """A player started playing a game."""

    game_id: GameId

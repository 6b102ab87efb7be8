"""A player of the casino pays in."""

from __future__ import annotations

from events.systems.casino.fields import SHOWN, MoneyEvent
from events.types.registry import event_type


@event_type(
    "deposit",
    user="player_id",
    time="created_at",
    identity="id",
    enrichers=("currency", "player", "description"),
    shown=SHOWN,
    example={"id": 4, "player_id": 11, "amount": 10000, "currency": "EUR", "created_at": "2026-01-31T12:00:00Z"},
)
class Deposit(MoneyEvent, frozen=True, kw_only=True):
    """A player made a deposit."""

"""A player of the casino pays in."""

from __future__ import annotations

from events.types.base import event_type
from events.types.casino_fields import MoneyEvent


@event_type(
    "deposit",
    user="player_id",
    time="created_at",
    identity="id",
    enrichers=("currency", "player", "description"),
)
class Deposit(MoneyEvent, frozen=True, kw_only=True):
    """A player made a deposit."""

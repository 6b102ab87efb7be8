"""Fields that the casino's event types share. No event type is declared here."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.exceptions import InvalidField
from events.systems.casino.currencies import known_currencies
from events.types.base import EventData, Identity, Timestamp

HIGHEST = 2**63 - 1
#: What the event log shows of every casino event, as far as it was sent, also where its type does not need it.
SHOWN = ("id", "player_id", "game_id", "type", "amount", "currency", "has_won", "created_at")

PlayerId = Annotated[
    int, msgspec.Meta(ge=0, le=HIGHEST, description="number of the player, a whole number from 0 to 2^63 - 1")
]
GameId = Annotated[
    int, msgspec.Meta(ge=0, le=HIGHEST, description="number of the game, a whole number from 0 to 2^63 - 1")
]
Amount = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=HIGHEST,
        description="amount in the currency's smallest unit (300 is 3.00 EUR), a whole number from 0 to 2^63 - 1",
    ),
]
Currency = Annotated[str, msgspec.Meta(description="code of a currency, such as EUR, USD or BTC")]


class CasinoEvent(EventData, frozen=True, kw_only=True):
    """What all casino events have."""

    id: Identity
    player_id: PlayerId
    created_at: Timestamp


class MoneyEvent(CasinoEvent, frozen=True, kw_only=True):
    """What those that move money have besides."""

    amount: Amount = 0
    currency: Currency | None = None

    def check(self) -> None:
        """The currency exists, and an amount has one."""
        if self.currency is None:
            if self.amount:
                raise InvalidField(
                    "currency", "required", f"currency is missing; say of what {self.amount} is an amount."
                )
        elif self.currency not in known_currencies():
            raise InvalidField(
                "currency",
                "unknown_currency",
                f"currency must be the code of a currency, such as EUR, USD or BTC; {self.currency!r:.80} is not.",
            )

"""The shapes of the casino's responses, for the API's description."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from events.api.documents import Count


class TopPlayer(msgspec.Struct):
    """The player with the most."""

    id: int
    count: int


class Materialized(msgspec.Struct):
    """The casino, live; null where there is no data yet."""

    events_total: Count
    events_per_minute: float | None
    events_per_second_moving_average: Annotated[float | None, Meta(description="Over the last 60 s")]
    top_player_bets: TopPlayer | None
    top_player_wins: TopPlayer | None
    top_player_deposits: Annotated[TopPlayer | None, Meta(description="`count` is EUR cents")]

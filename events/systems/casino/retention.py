"""How long the casino keeps what it stores."""

from __future__ import annotations

from events.retention.registry import redis_key, table

table("players", holds="players", goes="when whoever runs the casino deletes them")
redis_key("tidemark:casino:total", holds="number of events", goes="never")
redis_key("tidemark:casino:first", holds="when the first was counted", goes="never")
redis_key("tidemark:casino:second:<n>", holds="events of a second", goes="after 2 minutes")
for _board in ("bets", "wins", "deposits"):
    redis_key(f"tidemark:casino:{_board}", holds=f"{_board} by player", goes="never; an entry for each player")

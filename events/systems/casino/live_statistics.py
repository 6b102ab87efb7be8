"""The casino's live statistics: what new events add to them, and what `GET /materialized` shows.

Redis keys of this module:

    tidemark:casino:total         string: events counted. Never expires.
    tidemark:casino:first         string: when the first one was counted, seconds since 1970. Never expires.
    tidemark:casino:second:<n>    string: events counted in that second since 1970. Expires after 2 minutes.
    tidemark:casino:bets, :wins   sorted sets: minus the number of each player's bets, and of those won. Never expire.
    tidemark:casino:deposits      sorted set: minus the EUR cents each player paid in. Never expires.

Scores are negative so that Redis itself puts the most first and, among equals, the smallest id: members are ids of 19
digits, so they sort by their value. Scores are exact up to 2^53.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import redis

from events.publishing.live_statistics import AddToScore, Change, Increment, SetOnce, live_statistics
from events.records import EventRecord

TOTAL_KEY = "tidemark:casino:total"
FIRST_KEY = "tidemark:casino:first"
BOARD_KEYS = ("tidemark:casino:bets", "tidemark:casino:wins", "tidemark:casino:deposits")
TYPES = frozenset({"game_start", "bet", "deposit", "game_stop"})

#: Seconds over which the moving average is taken.
WINDOW_SECONDS = 60


@dataclass
class CasinoCounts:
    """What some events add: how many they are, and by player the bets, the bets won, and the EUR cents paid in."""

    events: int = 0
    bets: Counter[str] = field(default_factory=Counter)
    wins: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, records: Iterable[EventRecord]) -> CasinoCounts:
        """Counts the casino's events among the records; the others do not matter."""
        counts = cls()
        for record in [record for record in records if record.type in TYPES]:
            counts.events += 1
            if record.type == "bet":
                counts.bets[record.user] += 1
                if _bet.decode(record.data).has_won:
                    counts.wins[record.user] += 1
            elif record.type == "deposit":
                counts.deposits[record.user] += (record.enrichment or {})["amount_eur"]
        return counts


class _Bet(msgspec.Struct, gc=False):
    has_won: bool = False


_bet = msgspec.json.Decoder(_Bet)


class CasinoStatistics:
    """Counts the casino's events."""

    def changes(self, records: Sequence[EventRecord], *, now: datetime) -> Iterable[Change]:
        """Totals, this second's events, and the players' scores."""
        counts = CasinoCounts.of(records)
        if not counts.events:
            return
        yield Increment(TOTAL_KEY, counts.events)
        yield SetOnce(FIRST_KEY, str(now.timestamp()))
        yield Increment(_second_key(int(now.timestamp())), counts.events, expires_after=2 * WINDOW_SECONDS)
        for key, board in zip(BOARD_KEYS, (counts.bets, counts.wins, counts.deposits), strict=True):
            for player, count in board.items():
                yield AddToScore(key, _member(player), -count)


live_statistics.add("casino", CasinoStatistics())


def materialized(client: redis.Redis, *, now: datetime) -> dict[str, Any]:
    """The answer of `GET /materialized`; raises redis.RedisError.

    Rates are by the time of counting, over the time since the first event, at least a second; the moving average over
    the last 60 s at most. What has no data yet is None.
    """
    second = int(now.timestamp())
    transaction = client.pipeline(transaction=True)
    transaction.get(TOTAL_KEY)
    transaction.get(FIRST_KEY)
    transaction.mget([_second_key(second - ago) for ago in range(WINDOW_SECONDS)])
    for key in BOARD_KEYS:
        transaction.zrange(key, 0, 0, withscores=True)
    total, first, seconds, *boards = transaction.execute()
    if first is None:
        return _document(0, None, None, boards)
    elapsed = max(1.0, now.timestamp() - float(first))
    recent = sum(int(count) for count in seconds if count is not None)
    return _document(
        int(total), round(int(total) / elapsed * 60, 2), round(recent / min(elapsed, WINDOW_SECONDS), 2), boards
    )


def _document(
    total: int, per_minute: float | None, average: float | None, boards: Sequence[list[tuple[bytes, float]]]
) -> dict[str, Any]:
    bets, wins, deposits = (_top(board) for board in boards)
    return {
        "events_total": total,
        "events_per_minute": per_minute,
        "events_per_second_moving_average": average,
        "top_player_bets": bets,
        "top_player_wins": wins,
        "top_player_deposits": deposits,
    }


def _top(board: list[tuple[bytes, float]]) -> dict[str, int] | None:
    if not board:
        return None
    ((member, score),) = board
    return {"id": int(member), "count": int(-score)}


def _member(player: str) -> str:
    return player.rjust(19, "0")


def _second_key(second: int) -> str:
    return f"tidemark:casino:second:{second}"

"""The casino's events for tests, and its live statistics computed independently of the product."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "casino"
Event = dict[str, Any]

#: EUR for one unit, as the stub service has them, and digits after the point.
RATES = {"EUR": Decimal(1), "USD": Decimal("0.936"), "NZD": Decimal("0.57096"), "BTC": Decimal("60840")}
DIGITS = {"EUR": 2, "USD": 2, "NZD": 2, "BTC": 8}


def random_events(seed: int, count: int, *, players: range = range(10, 30)) -> list[Event]:
    """Events of every type, with amounts and wins that may be absent; ids rise from 1."""
    chance = random.Random(seed)
    start = datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(seconds=seed)
    events = []
    for number in range(1, count + 1):
        kind = chance.choice(("game_start", "bet", "bet", "bet", "deposit", "game_stop"))
        event: Event = {"id": number, "type": kind, "player_id": chance.choice(players)}
        event["created_at"] = (start + timedelta(milliseconds=number)).isoformat()
        if kind != "deposit":
            event["game_id"] = chance.randrange(98, 112)
        if kind in ("bet", "deposit"):
            currency = chance.choice(sorted(RATES))
            event |= {"amount": chance.randrange(10 ** (DIGITS[currency] + 2)), "currency": currency}
        if kind == "bet" and chance.random() < 0.8:
            event["has_won"] = chance.random() < 0.5
        events.append(event)
    return events


def cents(event: Event) -> int:
    """The amount in EUR cents, rounded half up."""
    currency = event["currency"]
    exact = Decimal(event["amount"]) / 10 ** DIGITS[currency] * RATES[currency] * 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def counted(events: Iterable[Event]) -> dict[str, Any]:
    """What `/materialized` must say of these events, apart from the rates: each of them counts."""
    events = list(events)
    bets = Counter(event["player_id"] for event in events if event["type"] == "bet")
    wins = Counter(event["player_id"] for event in events if event["type"] == "bet" and event.get("has_won"))
    deposits: Counter[int] = Counter()
    for event in events:
        if event["type"] == "deposit":
            deposits[event["player_id"]] += cents(event)
    return {
        "events_total": len(events),
        "top_player_bets": _top(bets),
        "top_player_wins": _top(wins),
        "top_player_deposits": _top(deposits),
    }


def without_rates(materialized: dict[str, Any]) -> dict[str, Any]:
    """What `/materialized` answers, apart from what depends on the clock."""
    return {name: value for name, value in materialized.items() if not name.startswith("events_per")}


def _top(counts: Counter[int]) -> dict[str, int] | None:
    if not counts:
        return None
    player = min(counts, key=lambda player: (-counts[player], player))
    return {"id": player, "count": counts[player]}

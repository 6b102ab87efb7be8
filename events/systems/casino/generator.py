"""A casino's evening: players who start games, bet, win now and then, pay in, and stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random

from events.generators import Event, generator
from events.systems.casino.currencies import digits_of
from events.systems.casino.games import GAMES

#: Some of them are in the demo's table of players, some are not.
PLAYERS = range(10, 17)
#: Currencies, and how often each is met.
CURRENCIES = {"EUR": 6, "USD": 3, "NZD": 1, "GBP": 2, "BTC": 1}
#: Whole units that are bet and paid in; of a coin, thousandths of it.
BETS = (1, 20)
DEPOSITS = (10, 500)
WINS = 0.45


@generator("casino", route="/v1/events")
def casino_events(random: Random) -> Iterator[Event]:
    """Ids start at 1 each time, as those of a producer that was started anew; the times make them different events."""
    playing: dict[int, int] = {}
    for number in count(1):
        player = random.choice(PLAYERS)
        event: Event = {"id": number, "player_id": player}
        game = playing.get(player)
        chance = random.random()
        if chance < 0.1:
            event |= {"type": "deposit"} | _money(random, DEPOSITS)
        elif game is None:
            playing[player] = random.choice(list(GAMES))
            event |= {"type": "game_start", "game_id": playing[player]}
        elif chance < 0.2:
            event |= {"type": "game_stop", "game_id": playing.pop(player)}
        else:
            event |= {"type": "bet", "game_id": game, "has_won": random.random() < WINS} | _money(random, BETS)
        yield event | {"created_at": datetime.now(UTC).isoformat()}


def _money(random: Random, units: tuple[int, int]) -> Event:
    (currency,) = random.choices(list(CURRENCIES), list(CURRENCIES.values()))
    smallest_units = 10 ** digits_of(currency)
    if digits_of(currency) > 2:  # a coin
        smallest_units //= 1000
    return {"amount": random.randint(*units) * smallest_units, "currency": currency}

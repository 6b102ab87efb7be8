"""Heartbeats of people who watch movies: mostly forward, sometimes back, now and then a new movie."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from events.generators import Event, generator

USERS = [f"user-{number}" for number in range(1, 201)]
MOVIES = ("dune", "heat", "alien", "amelie", "solaris", "stalker", "metropolis", "playtime", "ran", "brazil")
#: Seconds between two heartbeats of a player.
BEAT = 10
#: Seconds of the longest movie.
LENGTH = 3 * 3600


@generator("watchtime", route="/")
def heartbeats(random: Random) -> Iterator[Event]:
    """Players in turn, each a beat further than the last time, unless the user went back or chose another movie."""
    playing: dict[str, tuple[str, int]] = {}
    while True:
        user = random.choice(USERS)
        movie, moment = playing.get(user, (random.choice(MOVIES), 0))
        chance = random.random()
        if chance < 0.03 or moment >= LENGTH:
            movie, moment = random.choice(MOVIES), 0
        elif chance < 0.08:
            moment = max(0, moment - random.randrange(BEAT, 30 * BEAT))
        else:
            moment += BEAT
        playing[user] = (movie, moment)
        yield {"user": user, "slug": movie, "at": moment}

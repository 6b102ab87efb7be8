"""Ads that are served, and impressions and clicks that follow: mostly as they should, now and then too early, of
somebody else, repeated or without a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from events.generators import Event, generator

USERS = [f"user-{number}" for number in range(1, 201)]
ADVERTISERS = [f"advertiser-{number}" for number in range(1, 21)]
DEVICES = ("phone", "tablet", "laptop", "tv")
#: Ads that may still be seen; an ad is forgotten when this many came after it.
REMEMBERED = 100
#: Shares of the events.
SERVED, CLICKED, TOO_EARLY, FOREIGN, BROKEN = 0.3, 0.25, 0.05, 0.03, 0.01


@generator("ads", route="/event_collector", method="GET", times=("iso", "hhmm"))
def ad_events(random: Random, times: str = "iso") -> Iterator[Event]:
    """Serving events and what follows them, in the order in which it happens.

    Args:
        times: "iso" is ISO 8601, from now on; "hhmm" is H:MM of one day, which begins anew, with new ads, at 24:00.
    """
    run = f"{random.getrandbits(40):010x}"
    clock = _Day() if times == "hhmm" else _Calendar(datetime.now(UTC))
    served: list[tuple[str, str, datetime]] = []
    for number in count(1):
        if clock.advance(random):
            served = []
        event_id = f"{run}-{number}"
        if not served or random.random() < SERVED:
            user = random.choice(USERS)
            served = [*served[-REMEMBERED:], (event_id, user, clock.now)]
            event = _event(event_id, clock.as_text(clock.now), user, random) | {
                "advertiserId": random.choice(ADVERTISERS),
                "price": f"{random.randrange(1, 500) / 100:.2f}",
            }
        else:
            event = _follow(event_id, random.choice(served), clock, random)
        if random.random() < BROKEN:
            event["eventTimestamp"] = ""
        yield event


class _Calendar:
    """Moves on by up to two seconds."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def advance(self, random: Random) -> bool:
        """To the next event; returns whether another day has begun that does not follow the last."""
        self.now += timedelta(milliseconds=random.randrange(1, 2000))
        return False

    def as_text(self, moment: datetime) -> str:
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Day(_Calendar):
    """Moves on by up to two minutes, over one day again and again."""

    def __init__(self) -> None:
        super().__init__(datetime(1970, 1, 1, tzinfo=UTC))

    def advance(self, random: Random) -> bool:
        before = self.now
        self.now += timedelta(minutes=random.randrange(3))
        return before.day != self.now.day

    def as_text(self, moment: datetime) -> str:
        return f"{moment.hour}:{moment.minute:02}"


def _follow(event_id: str, served: tuple[str, str, datetime], clock: _Calendar, random: Random) -> Event:
    parent, user, served_at = served
    moment = served_at - timedelta(minutes=1) if random.random() < TOO_EARLY else clock.now
    if random.random() < FOREIGN:
        user = random.choice(USERS)
    event_type = "click" if random.random() < CLICKED else "impression"
    return _event(event_id, clock.as_text(moment), user, random) | {"eventType": event_type, "parentEventId": parent}


def _event(event_id: str, time: str, user: str, random: Random) -> Event:
    return {
        "eventId": event_id,
        "eventTimestamp": time,
        "eventType": "",
        "parentEventId": "",
        "userId": user,
        "advertiserId": "",
        "deviceId": random.choice(DEVICES),
        "price": "",
    }

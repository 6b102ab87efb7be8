"""Ads that are served, and impressions and clicks that follow: mostly as they should, now and then too early, of
somebody else, repeated or without a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from config.generators.base import Event, generator

USERS = [f"user-{number}" for number in range(1, 201)]
ADVERTISERS = [f"advertiser-{number}" for number in range(1, 21)]
DEVICES = ("phone", "tablet", "laptop", "tv")
#: Ads that may still be seen; an ad is forgotten when this many came after it.
REMEMBERED = 100
#: Shares of the events.
SERVED, CLICKED, TOO_EARLY, FOREIGN, BROKEN = 0.3, 0.25, 0.05, 0.03, 0.01


@generator("ads", route="/event_collector", method="GET")
def ad_events(random: Random) -> Iterator[Event]:
    """Serving events and what follows them, in the order in which it happens, from now on."""
    run = f"{random.getrandbits(40):010x}"
    moment = datetime.now(UTC)
    served: list[tuple[str, str, datetime]] = []
    number = 0
    while True:
        number += 1
        moment += timedelta(milliseconds=random.randrange(1, 2000))
        event_id = f"{run}-{number}"
        if not served or random.random() < SERVED:
            user = random.choice(USERS)
            served = [*served[-REMEMBERED:], (event_id, user, moment)]
            event = _event(event_id, moment, user, random) | {
                "advertiserId": random.choice(ADVERTISERS),
                "price": f"{random.randrange(1, 500) / 100:.2f}",
            }
        else:
            event = _follow(event_id, random.choice(served), moment, random)
        if random.random() < BROKEN:
            event["eventTimestamp"] = ""
        yield event


def _follow(event_id: str, served: tuple[str, str, datetime], moment: datetime, random: Random) -> Event:
    parent, user, served_at = served
    if random.random() < TOO_EARLY:
        moment = served_at - timedelta(minutes=1)
    if random.random() < FOREIGN:
        user = random.choice(USERS)
    event_type = "click" if random.random() < CLICKED else "impression"
    return _event(event_id, moment, user, random) | {"eventType": event_type, "parentEventId": parent}


def _event(event_id: str, moment: datetime, user: str, random: Random) -> Event:
    return {
        "eventId": event_id,
        "eventTimestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventType": "",
        "parentEventId": "",
        "userId": user,
        "advertiserId": "",
        "deviceId": random.choice(DEVICES),
        "price": "",
    }

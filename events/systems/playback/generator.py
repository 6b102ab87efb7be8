"""Played intervals of videos: people who watch one video after the other, on the device that they have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from time import time

from events.generators import Event, generator

USERS = [f"user-{number}" for number in range(1, 201)]
VIDEOS = [f"video-{number}" for number in range(1, 51)]
DEVICES = ("iOS: iPhone16,2", "Android: Samsung-G973F", "Android: Pixel 9 Pro", "TV: Bravia", "Web: Firefox")
BITRATES_KBPS = (128, 800, 2500, 6000)
#: Seconds of the longest interval.
LONGEST = 20 * 60


@generator("playback", route="/v1/events/playback")
def intervals(random: Random) -> Iterator[Event]:
    """Intervals that have ended by now; one in a hundred with an error."""
    device_of = {user: random.choice(DEVICES) for user in USERS}
    for number in count(1):
        user = random.choice(USERS)
        stop = int(time()) - random.randrange(60)
        yield {
            "id": f"{random.getrandbits(32):08x}-{number}",
            "user_id": user,
            "video_id": random.choice(VIDEOS),
            "start_at": stop - random.randrange(LONGEST),
            "stop_at": stop,
            "bitrate_kbps": random.choice(BITRATES_KBPS),
            "device_type": device_of[user],
            "error_code": "buffer_underrun" if random.random() < 0.01 else None,
        }

"""Users of a fitness app: some open it and start training or not, others come back from a program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from events.generators import Event, generator

USERS = 2000
PROGRAMS = {"2352": "7 Minutes of HIIT Training", "2353": "Morning Yoga", "2354": "Strong Back", "2355": "First 5 km"}
#: Seconds since the launches: the push for those who do not start follows within seconds.
SINCE_LAUNCH = (585, 598)
#: Seconds since the starts of the programs that end now; some are worth a congratulation.
SINCE_START = (300, 3600)


@generator("fitness", route="/v1/events")
def fitness_events(random: Random) -> Iterator[Event]:
    """One user after the other: opens the app and starts in every second case, or ends a program now."""
    while True:
        number = random.randrange(USERS)
        who = {"user_id": f"athlete-{number}", "device_id": f"device-{number}"}
        program, title = random.choice(list(PROGRAMS.items()))
        training = {**who, "training_program_id": program, "training_program_title": title}
        if random.random() < 0.5:
            launched = random.uniform(*SINCE_LAUNCH)
            yield {"type": "app_launch", **who, "time_stamp": _ago(launched)}
            if random.random() < 0.5:
                yield {"type": "training_program_started", **training, "time_stamp": _ago(launched * random.random())}
        else:
            yield {"type": "training_program_started", **training, "time_stamp": _ago(random.uniform(*SINCE_START))}
            end = "finished" if random.random() < 0.8 else "cancelled"
            yield {"type": f"training_program_{end}", **training, "time_stamp": _ago(0)}


def _ago(seconds: float) -> str:
    """As the app writes it: UTC, without saying so."""
    return f"{datetime.now(UTC) - timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S.%f}"

"""How long look-ups took, in this process: counts and seconds by service and outcome, for logs and metrics."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass


@dataclass
class Timing:
    """Calls of one kind. Seconds.

    Attributes:
        count: how many there were.
        seconds: how long they took together.
        slowest: how long the slowest took.
    """

    count: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


class Durations:
    """Collects the durations of calls; used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timings: dict[tuple[str, str], Timing] = defaultdict(Timing)

    def record(self, service: str, outcome: str, seconds: float) -> None:
        """Adds one call; outcomes are `found`, `unknown` and `failed`."""
        with self._lock:
            timing = self._timings[service, outcome]
            timing.count += 1
            timing.seconds += seconds
            timing.slowest = max(timing.slowest, seconds)

    def snapshot(self) -> dict[tuple[str, str], Timing]:
        """What was collected so far, by service and outcome."""
        with self._lock:
            return {key: Timing(timing.count, timing.seconds, timing.slowest) for key, timing in self._timings.items()}


durations = Durations()

"""What a chunk's look-ups share while they run: a deadline, and how far they are."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class LookupRun:
    """One attempt at a chunk's look-ups; used by several threads.

    Attributes:
        deadline: on the clock of `time.monotonic`; what has no result by then is unavailable.
    """

    deadline: float
    _expected: int = 0
    _ended: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline, 0 after it."""
        return max(0.0, self.deadline - time.monotonic())

    def expect(self, count: int) -> None:
        """That many more look-ups are to be made."""
        with self._lock:
            self._expected += count

    def ended(self, count: int = 1) -> None:
        """That many more have come to an end, whichever."""
        with self._lock:
            self._ended += count

    @property
    def share(self) -> float:
        """Which share of the look-ups known of so far has come to an end, 0 to 1."""
        with self._lock:
            return min(1.0, self._ended / self._expected) if self._expected else 0.0

"""How many deliveries a process has under way at most, and how these slots are shared out."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from notifications.decision import DueNotification


class Slots:
    """Slots for deliveries. Retries get some of them at most: what has failed before leaves room for what is new.

    Args:
        total: all slots.
        for_retries: how many of them retries may take.
    """

    def __init__(self, total: int, *, for_retries: int) -> None:
        self._free = total
        self._free_for_retries = for_retries
        self._changed = threading.Condition()

    @property
    def free(self) -> int:
        """Slots that a first attempt can have."""
        with self._changed:
            return self._free

    @property
    def free_for_retries(self) -> int:
        """Slots that a retry can have."""
        with self._changed:
            return min(self._free, self._free_for_retries)

    def take(self, due: Sequence[DueNotification], *, seconds: float) -> list[DueNotification]:
        """Takes a slot for each, as soon as there are enough; after the seconds given, for as many as there are.

        Returns those that got one. First attempts come first.
        """
        firsts = [each for each in due if not is_retry(each)]
        retries = [each for each in due if is_retry(each)]
        with self._changed:
            self._changed.wait_for(
                lambda: len(due) <= self._free and len(retries) <= self._free_for_retries, timeout=seconds
            )
            taken = firsts[: self._free]
            taken += retries[: min(self._free - len(taken), self._free_for_retries)]
            self._free -= len(taken)
            self._free_for_retries -= sum(map(is_retry, taken))
            return taken

    def release(self, taken: Collection[DueNotification]) -> None:
        """Gives their slots back."""
        with self._changed:
            self._free += len(taken)
            self._free_for_retries += sum(map(is_retry, taken))
            self._changed.notify_all()


def is_retry(due: DueNotification) -> bool:
    """Whether it was attempted before."""
    return due.attempts > 0

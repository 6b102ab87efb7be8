"""Something that is wrong with some events."""

from collections.abc import Sequence
from datetime import datetime

from events.records import EventRecord


class Saboteur:
    """A projection that raises for events of the users in `hates`."""

    lock_rank = 1000

    def __init__(self) -> None:
        self.hates: set[str] = set()

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        if any(record.user in self.hates for record in records):
            self.harm()

    def harm(self) -> None:
        """What happens."""
        raise RuntimeError("sabotage")

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Nothing to repair."""

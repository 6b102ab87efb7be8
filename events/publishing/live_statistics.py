"""The seam for live statistics: a system says what new events change in Redis, publishing applies it exactly once.

A system registers its own in a module named `live_statistics`, which also lists its Redis keys and reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeAlias

from events.publishing.drops import DropReason, Drops
from events.records import EventRecord
from events.registry import Registry

#: A Redis command, as `add_chunk.lua` runs it.
Command: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Increment:
    """Adds to a counter; `expires_after` is in seconds, None: never."""

    key: str
    by: int
    expires_after: int | None = None

    def commands(self) -> Iterable[Command]:
        """In Redis' words."""
        yield ("INCRBY", self.key, str(self.by))
        if self.expires_after is not None:
            yield ("EXPIRE", self.key, str(self.expires_after))


@dataclass(frozen=True, slots=True)
class SetOnce:
    """Sets a value that stays as it was first set."""

    key: str
    value: str

    def commands(self) -> Iterable[Command]:
        """In Redis' words."""
        yield ("SET", self.key, self.value, "NX")


@dataclass(frozen=True, slots=True)
class AddToScore:
    """Adds to a member's score in a sorted set. Scores are exact up to 2^53."""

    key: str
    member: str
    by: int

    def commands(self) -> Iterable[Command]:
        """In Redis' words."""
        yield ("ZINCRBY", self.key, str(self.by), self.member)


Change: TypeAlias = Increment | SetOnce | AddToScore


class LiveStatistics(Protocol):
    """What a system counts."""

    def changes(self, records: Sequence[EventRecord], *, now: datetime) -> Iterable[Change]:
        """What new events change; those of other systems do not matter.

        Should it raise, it is called again with fewer of them: changes of two halves are as good as those of both.

        Args:
            now: when the events are published.
        """


live_statistics: Registry[LiveStatistics] = Registry("live statistics", "live_statistics")


def commands_for(records: Sequence[EventRecord], drops: Drops, *, now: datetime) -> list[Command]:
    """What all systems change because of these events; one for which a system raises is dropped from its statistics."""
    return [
        command
        for statistics in live_statistics
        for command in drops.isolate(records, partial(_commands, statistics, now=now), DropReason.LIVE_STATISTICS)
    ]


def _commands(statistics: LiveStatistics, records: Sequence[EventRecord], *, now: datetime) -> list[Command]:
    return [command for change in statistics.changes(records, now=now) for command in change.commands()]

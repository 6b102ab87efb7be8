"""What is asked, and what a look-up results in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from events.enrichment.lookups.run import LookupRun


@dataclass(frozen=True, slots=True)
class Found:
    """The source knows the key; `value` is made of JSON's types."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """The source says that it does not know the key."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The source could not tell, for the reason given; a later attempt may succeed."""

    reason: str


Result: TypeAlias = Found | Unknown | Unavailable


class Source(ABC):
    """Where keys are looked up.

    Attributes:
        name: in logs, metrics and Redis keys.
        remote: whether a look-up takes calls to another machine. A remote source is asked in a thread of its own and
            must not use the database; one that is not remote is asked in the step's thread, where it may.
    """

    name: ClassVar[str]
    remote: ClassVar[bool]

    def is_paused(self) -> bool:
        """Whether asking is no use at the moment: what only waits for this source need not be tried."""
        return False

    @abstractmethod
    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        """A result for each of the keys, which are distinct.

        It must end by `run.deadline`, and call `run.ended(n)` as results come in: that is the chunk's progress.
        Never raises for what a service does: that is `Unavailable`.
        """

"""What could not be published, counted and logged event by event, so that none keeps others back.

Redis keys of this module:

    tidemark:drops  hash: how much was left out of live statistics, feed and event log, by reason. Never expires.
"""

from __future__ import annotations

import enum
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import redis
from django.db import InterfaceError, OperationalError

from events.records import EventRecord
from events.redis_client import redis_client

logger = logging.getLogger(__name__)

DROPS_KEY = "tidemark:drops"

T = TypeVar("T")


class DropReason(enum.StrEnum):
    """Why something is missing from what is published."""

    FINAL_FORM = "final_form"
    """An event has no final form: it is neither in the feed nor in the event log."""
    LIVE_STATISTICS = "live_statistics"
    """A system's live statistics raised for an event, and do not count it."""
    REFUSED = "refused"
    """Redis refused a change of live statistics, or an entry of the feed (`add_chunk.lua` counts these)."""
    GIVEN_UP = "given_up"
    """An event's chunk could not be published, again and again."""


@dataclass(frozen=True, slots=True)
class Drop:
    """An event that is left out, and why."""

    record: EventRecord
    reason: DropReason
    error: Exception

    def log(self) -> None:
        """Says so, once the others are published."""
        logger.error(
            "An event could not be published in full.",
            extra={
                "action": "drop",
                "event": self.record.id,
                "type": self.record.type,
                "reason": self.reason.value,
                "error": f"{type(self.error).__name__}: {self.error}",
            },
        )


class Drops(list[Drop]):
    """What is left out of a chunk."""

    def isolate(
        self,
        records: Sequence[EventRecord],
        work: Callable[[Sequence[EventRecord]], list[T]],
        reason: DropReason,
        *,
        instead: Sequence[T] = (),
    ) -> list[T]:
        """What `work` returns for the records, those left out for which it raises standing alone.

        Args:
            work: its results for two halves, one after the other, are as good as its result for both.
            instead: stands for the result of a record that is left out.
        """
        try:
            return work(records)
        except (OperationalError, InterfaceError):
            raise  # the database is away, which is no event's fault
        except Exception as error:
            if len(records) == 1:
                self.append(Drop(records[0], reason, error))
                return list(instead)
        middle = len(records) // 2
        return [
            result
            for half in (records[:middle], records[middle:])
            for result in self.isolate(half, work, reason, instead=instead)
        ]

    def commands(self) -> list[tuple[str, ...]]:
        """Counts them, in Redis' words."""
        counts = Counter(drop.reason for drop in self)
        return [("HINCRBY", DROPS_KEY, reason, str(count)) for reason, count in counts.items()]


def count(reason: DropReason, by: int) -> None:
    """Counts what was left out; with Redis away nothing is counted."""
    try:
        redis_client().hincrby(DROPS_KEY, reason, by)
    except redis.RedisError as error:
        logger.warning("Redis is away; what was dropped is not counted.", extra={"error": str(error)})


def counted() -> dict[str, int] | None:
    """How much was left out since Redis was last empty, by reason; None if Redis does not tell."""
    try:
        counts = cast("dict[bytes, bytes]", redis_client().hgetall(DROPS_KEY))
    except redis.RedisError:
        return None
    return {reason.decode(): int(number) for reason, number in counts.items()}

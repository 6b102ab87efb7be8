"""What rules read and return: a user's stored events, and the notifications that follow from them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.ids import received_at
from events.types.times import from_microseconds

Body = dict[str, Any]


@dataclass(frozen=True)
class Activity:
    """One stored event.

    Attributes:
        id: of the event, a UUIDv7.
        time_us: when it happened, in microseconds since 1970.
        text: its data as PostgreSQL writes it; equal data are equal text.
        data: the same, decoded.
    """

    id: str
    type: str
    time_us: int
    text: str
    data: Mapping[str, Any]

    @property
    def time(self) -> datetime:
        """Aware and UTC."""
        return from_microseconds(self.time_us)

    @property
    def received_at(self) -> datetime:
        """When it was accepted, to the millisecond."""
        return received_at(uuid.UUID(self.id))


@dataclass(frozen=True)
class Planned:
    """A notification that a rule calls for, or would have called for.

    Attributes:
        trigger: the event that it follows from.
        deadline_us: the moment, in event time, up to which something may still prevent it.
        body: what is posted, without `type` and `user_id`.
        prevented_by: what prevented it, in words; empty if nothing did.
    """

    trigger: Activity
    deadline_us: int
    body: Body
    prevented_by: str = ""


@dataclass(frozen=True)
class History:
    """What one user did (with one item, if the rule is about items).

    Attributes:
        activities: in the order of their times; those of one moment in the order of the rule's `watches`.
        decided_us: (from, to) of notifications that were decided before; they stand, whatever was recorded since.
        since_us: only triggers from this moment on are of interest.
        complete: whether there was nothing before the first activity.
    """

    activities: Sequence[Activity]
    decided_us: Sequence[tuple[int, int]] = field(default=())
    since_us: int = 0
    complete: bool = True


class NeedsWholeHistory(Exception):
    """The history that a rule was given begins too late for a verdict."""

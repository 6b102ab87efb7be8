"""What a rule is. There are two kinds: a timer that runs out, and a session that ends.

Both are declared by a decorator on the function that writes the message; adding one: docs/notifications.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from notifications.activity import Activity, Body, History, NeedsWholeHistory, Planned

Seconds: TypeAlias = Callable[[], float]
MICROSECONDS = 1_000_000


class Rule(Protocol):
    """Finds out what a user is to be notified of. Pure: the same history gives the same notifications.

    Attributes:
        name: the notification's `type`.
        watches: the event types it looks at; the order in which those of one moment count.
        per_item: whether it is about a user and an item, or about the user alone.
        chained: whether a notification depends on the one before it, so that looking back to that one is enough.
    """

    @property
    def name(self) -> str: ...

    @property
    def watches(self) -> tuple[str, ...]: ...

    @property
    def per_item(self) -> bool: ...

    @property
    def chained(self) -> bool: ...

    def plan(self, history: History) -> list[Planned]:
        """The notifications, in the order of their triggers; raises NeedsWholeHistory."""


@dataclass(frozen=True)
class Timer:
    """Tells a user who did one thing and, within a delay, not the other.

    The trigger opens an episode unless one is open. The first of `cancelled_by`, from the trigger up to and including
    the end of the delay, closes it; else it closes at that end, with a notification.
    """

    name: str
    trigger: str
    cancelled_by: tuple[str, ...]
    delay_seconds: Seconds
    message: Callable[[Activity], Body]
    per_item: bool = False
    chained = True

    @property
    def watches(self) -> tuple[str, ...]:
        """At one moment the trigger comes first: what cancels it counts from that moment on."""
        return (self.trigger, *self.cancelled_by)

    def plan(self, history: History) -> list[Planned]:
        """One for each episode."""
        delay_us = round(self.delay_seconds() * MICROSECONDS)
        planned: list[Planned] = []
        running: Planned | None = None
        for activity in history.activities:
            if running and activity.time_us > running.deadline_us:
                running = None
            if activity.type == self.trigger:
                if running is None and not _is_decided(activity, history):
                    running = Planned(activity, activity.time_us + delay_us, self.message(activity))
                    planned.append(running)
            elif running:
                planned[-1] = replace(running, prevented_by=f"{activity.type} at {activity.time.isoformat()}")
                running = None
        return planned


@dataclass(frozen=True)
class Session:
    """Tells a user who ended what they had begun, after more than some time.

    An end, or an abandonment, belongs to the latest start before it that no other has ended.
    """

    name: str
    starts: str
    ends: str
    abandoned_by: str
    longer_than_seconds: Seconds
    message: Callable[[Activity, Activity], Body]
    per_item: bool = True
    chained = False

    @property
    def watches(self) -> tuple[str, ...]:
        """At one moment what ends a session comes before what starts the next."""
        return (self.abandoned_by, self.ends, self.starts)

    def plan(self, history: History) -> list[Planned]:
        """One for each session that was ended, not abandoned, and long enough."""
        threshold_us = round(self.longer_than_seconds() * MICROSECONDS)
        planned: list[Planned] = []
        under_way: list[Activity] = []
        for activity in history.activities:
            if activity.type == self.starts:
                under_way.append(activity)
                continue
            if not under_way and not history.complete and activity.time_us >= history.since_us:
                raise NeedsWholeHistory
            start = under_way.pop() if under_way else None
            if start and activity.type == self.ends and activity.time_us - start.time_us > threshold_us:
                planned.append(Planned(activity, activity.time_us, self.message(start, activity)))
        return planned


def _is_decided(activity: Activity, history: History) -> bool:
    return any(start <= activity.time_us <= end for start, end in history.decided_us)

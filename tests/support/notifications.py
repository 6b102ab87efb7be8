"""Deciding and delivering notifications in this thread, so that a test sees them done."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from events.clock import utc_now
from notifications.decision import LEASE_SECONDS, Delivery, DueNotification, find_due, lease
from notifications.delivery import DeliveryPool
from tests.support.processes.waiting import wait_until

MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Decided(NamedTuple):
    """What came of a decision."""

    deliveries: list[Delivery]
    waiting: list[str]
    lease_until: datetime


def decide(ids: Sequence[str], *, now: datetime) -> Decided:
    """Decides what is due and leases what is to be sent."""
    due = find_due(ids, now=now)
    return Decided(lease(due.ready, now=now), due.waiting, now + timedelta(seconds=LEASE_SECONDS))


def deliver(ids: Sequence[str], *, clock: Callable[[], datetime] = utc_now) -> list[Delivery]:
    """Decides what is due, posts what is to be sent, and records what became of it; returns what was posted."""
    pool = DeliveryPool(simultaneous=2 * max(1, len(ids)), clock=clock)
    _, deliveries = pool.deliver(ids)
    finish(pool)
    return deliveries


def finish(pool: DeliveryPool) -> None:
    """Does what the keeper does until nothing is under way."""
    keep_until(pool, lambda: pool.is_idle, what="nothing is under way")


def keep_until(pool: DeliveryPool, condition: Callable[[], bool], *, what: str) -> None:
    """Does what the keeper does until there is what a test waits for."""
    wait_until(lambda: condition() or pool.keep(), what=what, every=0)


def due(name: str, *, attempts: int = 0) -> DueNotification:
    """One that is due, after so many attempts."""
    return DueNotification(name, "start_training", "jane", "", MOMENT, MOMENT, attempts, is_decided=attempts > 0)

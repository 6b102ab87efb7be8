"""Processes that are not there, as `/readyz` sees them."""

from datetime import timedelta

from events import signs_of_life
from events.clock import utc_now
from events.redis_client import redis_client
from events.signs_of_life import BEAT, SignOfLife

QUEUES = ("control", "enrich", "notify", "work")


def give_sign(role: str, *, seen_ago: float = 0, took_ago: float | None = None, busy: int = 0, name: str = "") -> None:
    """A sign of life that a worker of the queue, or beat, gave that many seconds ago."""
    now = utc_now()
    seen_at = now - timedelta(seconds=seen_ago)
    took_at = seen_at if took_ago is None else now - timedelta(seconds=took_ago)
    signs_of_life.give(name or f"{role}@host", SignOfLife(role, seen_at=seen_at, took_at=took_at, busy=busy))


def give_every_sign() -> None:
    """As if every worker and beat had just given theirs, and nothing else was ever seen."""
    redis_client().delete(signs_of_life.KEY)
    for role in (*QUEUES, BEAT):
        give_sign(role)

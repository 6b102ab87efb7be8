"""Which processes live, and whether what they are for is done.

Redis keys of this module:

    tidemark:signs-of-life  hash, a field for each worker or beat by its name: when it was seen last, as JSON. A process
                            that has not been seen for a day is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from celery import current_app

from events.redis_client import redis_client

OK = "ok"
KEY = "tidemark:signs-of-life"
BEAT = "beat"
#: Seconds between two signs of a process, and after which one that gives none is taken for dead or stalled.
PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 15.0
FORGOTTEN_AFTER = timedelta(days=1)


class SignOfLife(msgspec.Struct):
    """What a process says of itself.

    Attributes:
        role: the queue that the worker consumes, or BEAT.
        seen_at: when it said so.
        took_at: when it last took a task, or started.
        busy: tasks that it works on.
    """

    role: str
    seen_at: datetime
    took_at: datetime
    busy: int = 0


class Health(msgspec.Struct, omit_defaults=True):
    """How the processes of a role are: `ok`, or what is wrong and since when."""

    status: str
    seen_seconds_ago: float | None = None


def give(name: str, sign: SignOfLife) -> None:
    """Keeps the process' sign of life; raises redis.RedisError."""
    redis_client().hset(KEY, name, msgspec.json.encode(sign))


def health(*, now: datetime) -> dict[str, Health]:
    """Every role that has to be filled, and how it is; raises redis.RedisError."""
    signs = _signs(now=now)
    roles = {role: [sign for sign in signs if sign.role == role] for role in _roles()}
    beat = _health_of(roles.pop(BEAT), now=now)
    workers = {role: _health_of(of_role, now=now, pulses=beat.status == OK) for role, of_role in roles.items()}
    return workers | {BEAT: beat}


def _roles() -> list[str]:
    return [*sorted({route["queue"] for route in current_app.conf.task_routes.values()}), BEAT]


def _signs(*, now: datetime) -> list[SignOfLife]:
    client = redis_client()
    kept = cast("dict[bytes, bytes]", client.hgetall(KEY))
    signs = {name: msgspec.json.decode(sign, type=SignOfLife) for name, sign in kept.items()}
    if old := [name for name, sign in signs.items() if now - sign.seen_at > FORGOTTEN_AFTER]:
        client.hdel(KEY, *old)
    return [sign for name, sign in signs.items() if name not in old]


def _health_of(signs: Sequence[SignOfLife], *, now: datetime, pulses: bool = False) -> Health:
    if not signs:
        return Health("none has been seen")
    seen = _seconds(now - max(sign.seen_at for sign in signs))
    if seen > PATIENCE_SECONDS:
        return Health(f"no sign of life for {seen:.0f} s", seen)
    idle = _seconds(now - max(sign.took_at for sign in signs))
    # While beat sends pulses, whoever consumes takes a task every few seconds, or works on one.
    if pulses and idle > PATIENCE_SECONDS and not any(sign.busy for sign in signs):
        return Health(f"alive, but it has taken no task for {idle:.0f} s", seen)
    return Health(OK, seen)


def _seconds(duration: timedelta) -> float:
    return max(0.0, round(duration.total_seconds(), 1))

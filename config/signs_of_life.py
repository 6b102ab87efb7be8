"""Workers and beat say that they live; `/readyz` shows who does not (events.signs_of_life)."""

from __future__ import annotations

import logging
import socket
from typing import Any

import redis
from celery import bootsteps
from celery.signals import after_task_publish
from celery.worker import state

from events import signs_of_life
from events.clock import utc_now
from events.signs_of_life import BEAT, PAUSE_SECONDS, SignOfLife

logger = logging.getLogger(__name__)


class WorkerSignOfLife(bootsteps.StartStopStep):
    """Gives a worker's signs from its own event loop: one that hangs gives none."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        now = utc_now()
        queue = ",".join(sorted(worker.app.amqp.queues.consume_from))
        self._sign = SignOfLife(role=queue, seen_at=now, took_at=now)
        self._taken = 0
        self._timer = worker.timer.call_repeatedly(PAUSE_SECONDS, self._give, (worker.hostname,))

    def stop(self, _worker: Any) -> None:
        self._timer.cancel()

    def _give(self, name: str) -> None:
        self._sign.seen_at = utc_now()
        taken, self._sign.busy = state.all_total_count[0], len(state.active_requests)
        if taken != self._taken:
            self._taken, self._sign.took_at = taken, self._sign.seen_at
        _give(name, self._sign)


def give_signs_of_beat(**_: Any) -> None:
    """Has each task that beat sends count as a sign, at most one in PAUSE_SECONDS."""
    now = utc_now()
    sign = SignOfLife(role=BEAT, seen_at=now, took_at=now)
    name = f"{BEAT}@{socket.gethostname()}"

    def sent(**_: Any) -> None:
        now = utc_now()
        if (now - sign.seen_at).total_seconds() >= PAUSE_SECONDS:
            sign.seen_at = sign.took_at = now
            _give(name, sign)

    after_task_publish.connect(sent, weak=False)


def _give(name: str, sign: SignOfLife) -> None:
    try:
        signs_of_life.give(name, sign)
    except redis.RedisError as error:
        logger.warning("Redis is away: nobody hears that this process lives.", extra={"error": str(error)})

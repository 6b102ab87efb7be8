"""Telling the workers what there is to do. Messages carry ids only and may be lost, doubled or late: the rows are the
truth, and the sweep finds what was never dispatched.

Redis keys of this module:

    tidemark:drain-pending  string "1": a drain is dispatched and has not begun. Expires after 5 s, should it be lost.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, cast

import redis
from celery import Signature, chain, current_app
from kombu import Connection
from kombu.exceptions import OperationalError

from events.redis_client import redis_client
from events.repeating_thread import RepeatingThread
from events.states import QUEUE_OF_TASK, ChunkState, tasks_from

logger = logging.getLogger(__name__)

DRAIN_PENDING_KEY = "tidemark:drain-pending"
DRAIN_PENDING_SECONDS = 5
#: Seconds the web process gives the broker to answer, and leaves it alone after it did not.
BROKER_TIMEOUT_SECONDS = 1
BROKER_PAUSE_SECONDS = 1.0
#: Seconds between two drains that one web process dispatches: what comes in meanwhile waits for the second one, in a
#: larger chunk. After a longer silence an event is dispatched at once. The more commits a pause sees, the longer the
#: next one, up to the limit.
DRAIN_PAUSE_SECONDS = 0.1
DRAIN_PAUSE_SECONDS_PER_COMMIT = 0.005
LONGEST_DRAIN_PAUSE_SECONDS = 0.3


def chain_of(chunk_id: int, state: ChunkState, services: Collection[str]) -> Signature[Any]:
    """The chain of tasks that a chunk in that state, whose events may be looked up at these services, has before it."""
    names = tasks_from(state, looks_up=bool(services))
    return chain(*(current_app.signature(name, args=(chunk_id,), immutable=True) for name in names))


def dispatch_chunk(chunk_id: int, state: ChunkState, services: Collection[str], *, after_seconds: float = 0.0) -> None:
    """Dispatches a chunk from a worker; a broker that is away is logged, the sweep will come back to the chunk."""
    try:
        chain_of(chunk_id, state, services).apply_async(countdown=after_seconds)
    except OperationalError:
        logger.warning("A chunk could not be dispatched; the sweep will.", extra={"chunk": chunk_id}, exc_info=True)


def dispatch_drain(*, after_seconds: float) -> None:
    """Dispatches the next drain from a worker, unless one is dispatched already."""
    try:
        if redis_client().set(DRAIN_PENDING_KEY, "1", nx=True, ex=DRAIN_PENDING_SECONDS):
            current_app.signature("events.drain", immutable=True).apply_async(countdown=after_seconds)
    except (redis.RedisError, OperationalError):
        logger.warning("A drain could not be dispatched; the sweep will drain.", exc_info=True)


def drain_begins() -> None:
    """Forgets the dispatch of a drain, before it claims: what comes in from now on dispatches another."""
    try:
        redis_client().delete(DRAIN_PENDING_KEY)
    except redis.RedisError:
        logger.warning("Redis is away; the drain goes on without it.")


def messages_waiting() -> int:
    """How many messages for chunks lie in the queues; 0 if the broker does not tell."""
    errors = cast("tuple[type[Exception], ...]", current_app.connection_for_write().connection_errors)
    away: tuple[type[Exception], ...] = (OperationalError, *errors)
    try:
        with current_app.connection_or_acquire() as connection:
            return sum(_length(connection, name) for name in set(QUEUE_OF_TASK.values()))
    except away:
        return 0


def _length(connection: Connection, queue_name: str) -> int:
    channel: Any = connection.default_channel
    try:
        return int(channel.queue_declare(queue=queue_name, passive=True).message_count)
    except connection.channel_errors:
        return 0  # Redis has no empty lists, and so no empty queues


class MadeChunk(NamedTuple):
    """A chunk that waits, and that nobody has dispatched."""

    id: int
    state: ChunkState
    services: Collection[str]


class BackgroundDispatcher:
    """Dispatches from a thread of its own, so that no request waits for the broker.

    What cannot be dispatched (queue full, broker away) is dropped: the sweep finds it.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._chunks: queue.Queue[MadeChunk] = queue.Queue(capacity)
        self._drain_wanted = threading.Event()
        self._commits = 0
        self._next_drain = 0.0
        self._work = threading.Semaphore(0)
        self._start = threading.Lock()
        self._thread: RepeatingThread | None = None
        self._connection: Connection | None = None

    def chunks(self, made: Iterable[MadeChunk]) -> None:
        """Dispatches these chunks soon."""
        for chunk in made:
            try:
                self._chunks.put_nowait(chunk)
            except queue.Full:
                return
            self._wake()

    def drain(self) -> None:
        """Dispatches that the inbox has events, soon, once for all that wait; called after each commit."""
        self._commits += 1
        if not self._drain_wanted.is_set():
            self._drain_wanted.set()
            self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = RepeatingThread("dispatcher", self._run)
                    self._thread.start()
        self._work.release()

    def _run(self) -> float:
        self._work.acquire(timeout=self._seconds_to_drain())
        try:
            self._dispatch_one()
        except Exception as error:
            logger.warning("The broker is away; the sweep will dispatch.", extra={"error": str(error)})
            self._forget_all()
            return BROKER_PAUSE_SECONDS
        return 0.0

    def _seconds_to_drain(self) -> float | None:
        """How long until a drain that is wanted may be dispatched; None if there is none."""
        return max(0.0, self._next_drain - time.monotonic()) if self._drain_wanted.is_set() else None

    def _dispatch_one(self) -> None:
        if self._seconds_to_drain() == 0:
            self._drain_wanted.clear()
            wished, self._commits = self._commits * DRAIN_PAUSE_SECONDS_PER_COMMIT, 0
            pause = min(max(wished, DRAIN_PAUSE_SECONDS), LONGEST_DRAIN_PAUSE_SECONDS)
            self._next_drain = time.monotonic() + pause
            if redis_client().set(DRAIN_PENDING_KEY, "1", nx=True, ex=DRAIN_PENDING_SECONDS):
                self._send(current_app.signature("events.drain", immutable=True))
        try:
            chunk = self._chunks.get_nowait()
        except queue.Empty:
            return
        self._send(chain_of(*chunk))

    def _send(self, signature: Signature[Any]) -> None:
        if self._connection is None:
            self._connection = current_app.connection_for_write(
                transport_options={
                    "socket_timeout": BROKER_TIMEOUT_SECONDS,
                    "socket_connect_timeout": BROKER_TIMEOUT_SECONDS,
                    "retry_on_timeout": False,
                }
            )
        signature.apply_async(connection=self._connection, retry=False)

    def _forget_all(self) -> None:
        with self._chunks.mutex:
            self._chunks.queue.clear()
        broken, self._connection = self._connection, None
        if broken is not None:
            broken.release()


dispatcher = BackgroundDispatcher()

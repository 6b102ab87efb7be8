"""Running a step on a chunk: lease, work, and what follows when it fails."""

from __future__ import annotations

import enum
import logging
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection
from psycopg2.errors import ProgramLimitExceeded, QueryCanceled, StatementTooComplex

from events.clock import utc_now
from events.database import retried
from events.exceptions import LeaseLost, LiveMemoryAway
from events.models import ChunkState
from events.pipeline import aggregate, announce, chunks, enrich, isolation, persist, publish
from events.pipeline.chunks import LeasedChunk
from events.pipeline.lease_keeper import LeaseKeeper

logger = logging.getLogger(__name__)

#: What PostgreSQL calls operational and is yet the events' fault: too slow for the statement time-out, or too large.
_FAULTS_OF_EVENTS = (QueryCanceled, ProgramLimitExceeded, StatementTooComplex)
#: Longest pause after a failure, in seconds.
LONGEST_BACK_OFF = 30.0


class Outcome(enum.Enum):
    """Whether the chain of steps goes on."""

    GO_ON = "go on"
    STOP = "stop"


@dataclass(frozen=True)
class Step:
    """One step of the pipeline.

    Attributes:
        name: as in task names and logs.
        requires: the state a chunk must be in.
        reaches: the state it is in afterwards.
        work: does it; changes the state in the transaction of its effect.
    """

    name: str
    requires: ChunkState
    reaches: ChunkState
    work: Callable[..., None]
    then: Step | None = None
    """What the same worker does right after, under the same lease; failing does not undo this step."""


ENRICH = Step("enrich", enrich.REQUIRES, enrich.REACHES, enrich.enrich)
PERSIST = Step("persist", persist.REQUIRES, persist.REACHES, persist.persist)
PUBLISH = Step("publish", publish.REQUIRES, publish.REACHES, publish.publish)
AGGREGATE = Step("aggregate", aggregate.REQUIRES, aggregate.REACHES, aggregate.aggregate, then=PUBLISH)


def run(step: Step, chunk_id: int, *, clock: Callable[[], datetime] = utc_now) -> Outcome:
    """Runs the step on the chunk unless it has happened, or another worker is at it.

    However often and wherever this is called for one chunk, the step takes effect once.
    """
    now = clock()
    chunk = chunks.lease(chunk_id, state=step.requires, now=now)
    if chunk is None:
        # A message delivered again, after its worker died between the commit and the next message.
        happened = chunks.waits_in(chunk_id, state=step.reaches, now=now)
        return Outcome.GO_ON if happened else Outcome.STOP
    if chunk.attempts > isolation.attempts_allowed(chunk):
        _take_apart(chunk, now=now)
        return Outcome.STOP
    outcome = _work(step, chunk, clock=clock)
    if outcome is Outcome.GO_ON and step.then is not None:
        _work(step.then, chunk.in_state(step.reaches), clock=clock)
    return outcome


def _work(step: Step, chunk: LeasedChunk, *, clock: Callable[[], datetime]) -> Outcome:
    started = time.perf_counter()
    try:
        with LeaseKeeper(chunk):
            retried(step.work)(chunk, now=clock())
    except LeaseLost:
        logger.warning(
            "A chunk's lease was lost; its new holder goes on.", extra={"chunk": chunk.id, "step": step.name}
        )
        return Outcome.STOP
    except LiveMemoryAway:
        chunks.hand_to_sweep(chunk, now=clock())
        return Outcome.STOP
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.__cause__, _FAULTS_OF_EVENTS):
            _fail(chunk, error, now=clock())
            return Outcome.STOP
        _give_back(chunk, error, now=clock())
        return Outcome.STOP
    except Exception as error:
        logger.warning("A step failed.", extra={"action": step.name, "chunk": chunk.id}, exc_info=True)
        _fail(chunk, error, now=clock())
        return Outcome.STOP
    logger.info(
        "A step is done.",
        extra={
            "action": step.name,
            "chunk": chunk.id,
            "rows": chunk.size,
            "ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
    return Outcome.GO_ON


def _give_back(chunk: LeasedChunk, error: Exception, *, now: datetime) -> None:
    """The database failed, not the events: the chunk waits, and nothing is held against it."""
    logger.warning("The database failed; the chunk waits.", extra={"chunk": chunk.id, "error": str(error)})
    connection.close()
    chunks.postpone(chunk, seconds=_back_off(1), now=now, error=str(error), forgive=True)


def _fail(chunk: LeasedChunk, error: Exception, *, now: datetime) -> None:
    reason = f"{type(error).__name__}: {error}"
    if chunk.attempts >= isolation.attempts_allowed(chunk):
        _take_apart(chunk.with_error(reason, traceback.format_exc()), now=now)
        return
    chunks.postpone(chunk, seconds=_back_off(chunk.attempts), now=now, error=reason, traceback=traceback.format_exc())


def _take_apart(chunk: LeasedChunk, *, now: datetime) -> None:
    for part in isolation.take_apart(chunk, now=now):
        announce.publish(part, chunk.state, chunk.types)


def _back_off(attempts: int) -> float:
    """Seconds to wait after that many failures: they double, with jitter."""
    pause: float = min(LONGEST_BACK_OFF, 0.2 * 2**attempts)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 (no secret)

"""Running a step on a chunk: lease, work, and what follows when it fails."""

from __future__ import annotations

import enum
import logging
import random
import time
import traceback
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.db import InterfaceError, OperationalError, connection
from psycopg2.errors import ProgramLimitExceeded, QueryCanceled, StatementTooComplex

from events.clock import utc_now
from events.database import retried
from events.exceptions import ChunkWaits, LeaseLost, LiveMemoryAway
from events.pipeline import aggregate, chunks, dispatch, enrich, isolation, persist, publish
from events.pipeline.lease_keeper import LeaseKeeper
from events.pipeline.leased_chunk import LeasedChunk
from events.states import AGGREGATE, ENRICH, PERSIST, PUBLISH, Step, step_after

logger = logging.getLogger(__name__)

#: What PostgreSQL calls operational and is yet the events' fault: too slow for the statement time-out, or too large.
_FAULTS_OF_EVENTS = (QueryCanceled, ProgramLimitExceeded, StatementTooComplex)
#: Pause after the first failure, in seconds, and the longest. The one bad event of a thousand is to be found in 10 s.
FIRST_BACK_OFF = 0.3
LONGEST_BACK_OFF = 30.0


class Outcome(enum.Enum):
    """Whether the chain of steps goes on."""

    GO_ON = "go on"
    STOP = "stop"


Work: TypeAlias = Callable[..., LeasedChunk]
#: What each step does: it changes the chunk's state in the transaction of its effect, and returns the chunk with what
#: it found out. One without events is at its end.
WORK: dict[Step, Work] = {
    ENRICH: enrich.enrich,
    PERSIST: persist.persist,
    AGGREGATE: aggregate.aggregate,
    PUBLISH: publish.publish,
}


#: Goes on with a chunk that is held.
GoOn: TypeAlias = Callable[[LeasedChunk], object]


def run(
    step: Step,
    chunk_id: int,
    *,
    clock: Callable[[], datetime] = utc_now,
    work: Work | None = None,
    reservation: uuid.UUID | None = None,
    go_on: GoOn | None = None,
) -> Outcome:
    """Runs the step on the chunk unless it has happened, or another worker is at it.

    However often and wherever this is called for one chunk, the step takes effect once.

    Args:
        work: what to do in place of the step's usual work.
        reservation: the token that the chunk was reserved with, if it was.
        go_on: does the next step, under the same lease, so that it is not left to the chain.
    """
    now = clock()
    chunk = chunks.lease(chunk_id, state=step.requires, now=now, reservation=reservation)
    if chunk is None:
        # A message delivered again, after its worker died between the commit and the next message.
        happened = chunks.waits_in(chunk_id, state=step.reaches, now=now)
        return Outcome.GO_ON if happened else Outcome.STOP
    if chunk.attempts > isolation.attempts_allowed(chunk):
        _take_apart(chunk, now=now)
        return Outcome.STOP
    with LeaseKeeper([chunk.id], chunk.token):
        return run_held(step, chunk, clock=clock, work=work, go_on=go_on)


def run_held(
    step: Step,
    chunk: LeasedChunk,
    *,
    clock: Callable[[], datetime] = utc_now,
    work: Work | None = None,
    go_on: GoOn | None = None,
) -> Outcome:
    """The same for a chunk that this worker holds, and whose lease is kept."""
    after = _work(step, work or WORK[step], chunk.to_stay_held(go_on is not None), clock=clock)
    if after is None:
        return Outcome.STOP
    following = step_after(step)
    if following is not None and following.follows_at_once:
        # Failing does not undo the step before.
        _work(following, WORK[following], after.in_state(step.reaches), clock=clock)
    elif go_on is not None:
        if after.size:
            go_on(after.in_state(step.reaches))
        return Outcome.STOP
    return Outcome.GO_ON


def _work(step: Step, work: Work, chunk: LeasedChunk, *, clock: Callable[[], datetime]) -> LeasedChunk | None:
    """The chunk after the step; None if it failed, or waits."""
    started = time.perf_counter()
    try:
        after = retried(work)(chunk, now=clock())
    except LeaseLost:
        _report_lost_lease(chunk)
        return None
    except ChunkWaits:
        return None
    except LiveMemoryAway:
        chunks.hand_to_sweep(chunk, now=clock())
        return None
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.__cause__, _FAULTS_OF_EVENTS):
            _fail(chunk, error, now=clock())
            return None
        _give_back(chunk, error, now=clock())
        return None
    except Exception as error:
        logger.warning("A step failed.", extra={"action": step.name.value, "chunk": chunk.id}, exc_info=True)
        _fail(chunk, error, now=clock())
        return None
    logger.info(
        "A step is done.",
        extra={
            "action": step.name.value,
            "chunk": chunk.id,
            "rows": chunk.size,
            "ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
    return after


def _give_back(chunk: LeasedChunk, error: Exception, *, now: datetime) -> None:
    """The database failed, not the events: the chunk waits, and nothing is held against it."""
    logger.warning("The database failed; the chunk waits.", extra={"chunk": chunk.id, "error": str(error)})
    connection.close()
    chunks.postpone(chunk, seconds=_back_off(1), now=now, error=str(error), forgive=True)


def _fail(chunk: LeasedChunk, error: Exception, *, now: datetime) -> None:
    failed = chunk.with_error(f"{type(error).__name__}: {error}", traceback.format_exc())
    if failed.attempts >= isolation.attempts_allowed(failed):
        _take_apart(failed, now=now)
        return
    pause = _back_off(chunk.attempts)
    chunks.postpone(chunk, seconds=pause, now=now, error=failed.last_error, traceback=failed.last_traceback)
    dispatch.dispatch_chunk(chunk.id, chunk.state, chunk.services, after_seconds=pause)


def _take_apart(chunk: LeasedChunk, *, now: datetime) -> None:
    try:
        parts = retried(isolation.take_apart)(chunk, now=now)
    except LeaseLost:
        _report_lost_lease(chunk)
        return
    for part in parts:
        dispatch.dispatch_chunk(part, chunk.state, chunk.services)


def _report_lost_lease(chunk: LeasedChunk) -> None:
    logger.warning(
        "A chunk's lease was lost; its new holder goes on.", extra={"chunk": chunk.id, "state": chunk.state.value}
    )


def _back_off(attempts: int) -> float:
    """Seconds to wait after that many failures: they double, with jitter."""
    pause: float = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (attempts - 1))
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 (no secret)

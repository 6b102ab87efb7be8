"""What sweeps bring about, and workers that die, on a clock that is moved by hand."""

from datetime import datetime, timedelta

from events.clock import utc_now
from events.database import fetch_all
from events.pipeline import chunks, steps
from events.states import STEP_FROM, ChunkState


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def passes(self) -> None:
        """Long enough for every lease and pause to end."""
        self.now += timedelta(minutes=1)


def unfinished() -> list[tuple[int, ChunkState]]:
    """What is not through."""
    return fetch_all("SELECT id, state FROM chunks WHERE is_unpublished ORDER BY id")


def work_until_idle(clock: Time) -> None:
    """What sweeps bring about, given time."""
    for _ in range(100):
        clock.passes()
        for chunk_id, state in unfinished():
            steps.run(STEP_FROM[state], chunk_id, clock=clock)
        if not unfinished():
            return
    raise AssertionError(f"still under way: {unfinished()}")


def worker_dies(chunk_id: int, clock: Time, *, times: int) -> None:
    """A worker takes the chunk and is not heard of again, so many times."""
    for _ in range(times):
        clock.passes()
        ((state,),) = fetch_all("SELECT state FROM chunks WHERE id = %(id)s", {"id": chunk_id})
        assert chunks.lease(chunk_id, state=ChunkState(state), now=clock.now) is not None

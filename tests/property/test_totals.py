"""Totals are a function of the set of accepted events, however these come in and whoever works on them when."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from events.clock import utc_now
from events.database import fetch_all
from events.intake.accept import accept_batch, accept_one
from events.pipeline import chunks, steps
from events.pipeline.drain import drain
from events.pipeline.recovery import sweep
from events.states import AGGREGATE, ENRICH, PERSIST, STEP_FROM, ChunkState, Step
from tests.property.rollback import undone
from tests.support import watch_time
from tests.support.pipeline import ends, go_on, heartbeat, rows_in
from tests.support.watch_time import Beat, defined, stored

pytestmark = pytest.mark.django_db

#: (user, movie, moment): few of each, so that they meet.
BEATS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", "ü"]), st.integers(0, 50)), min_size=1, max_size=12
)
COPIES = st.integers(1, 3)
#: More than any example needs: a pipeline that stands still fails, and does not hang.
MOST_TURNS = 500
#: Decides who comes when.
CHANCE = st.randoms(use_true_random=False)


def bodies_of(beats: Sequence[tuple[str, str, int]], *, with_ids: Callable[[int], bool]) -> list[bytes]:
    """The heartbeats as JSON, a second apart, some with an id of their own."""
    return [
        json.dumps(heartbeat(*beat, second=index, **({"id": index} if with_ids(index) else {}))).encode()
        for index, beat in enumerate(beats)
    ]


def definition_of(beats: Sequence[tuple[str, str, int]]) -> list[Beat]:
    """The same for the definition."""
    return [Beat(*beat, when=index) for index, beat in enumerate(beats)]


def post_in_requests(bodies: Sequence[bytes], chance: random.Random) -> None:
    """Accepts the bodies in requests of random sizes; what comes alone may go through the inbox."""
    start = 0
    while start < len(bodies):
        part = bodies[start : start + chance.randint(1, 5)]
        start += len(part)
        if len(part) == 1 and chance.random() < 0.7:
            accept_one(part[0], type_name="heartbeat", now=utc_now())
        else:
            accept_batch(part, type_name="heartbeat", now=utc_now())
        if chance.random() < 0.3:
            drain(now=utc_now())


def waiting() -> list[tuple[int, str]]:
    """Chunks that are not through, and their states."""
    return fetch_all("SELECT id, state FROM chunks WHERE is_unpublished ORDER BY id")


def work_in_any_order(chance: random.Random) -> None:
    """Runs the steps that are to be run, of any chunk, until nothing is left."""
    for _ in range(MOST_TURNS):
        if not drain(now=utc_now()) and not waiting():
            return
        if left := waiting():
            chunk_id, state = chance.choice(left)
            steps.run(STEP_FROM[state], chunk_id, go_on=chance.choice([None, go_on]))
    raise AssertionError(f"still under way: {waiting()}")


@given(BEATS, COPIES, CHANCE)
def test_any_shuffle_split_and_repetition_gives_the_same_totals(
    beats: list[tuple[str, str, int]], copies: int, chance: random.Random
) -> None:
    with undone():
        bodies = bodies_of(beats, with_ids=lambda index: index % 2 == 0) * copies
        chance.shuffle(bodies)
        post_in_requests(bodies, chance)
        work_in_any_order(chance)

        assert stored(fetch_all) == defined(definition_of(beats))
        repeated = (copies - 1) * len(range(0, len(beats), 2))
        assert ends() == {"heartbeat": (len(bodies) - repeated, repeated, 0, 0, 0, 0)}
        assert rows_in("events", "duplicate_events", "failed_events", "inbox") == {
            "events": len(bodies) - repeated,
            "duplicate_events": repeated,
            "failed_events": 0,
            "inbox": 0,
        }


@given(BEATS, COPIES, CHANCE)
def test_the_same_holds_for_the_policy_sum(
    settings: Settings, beats: list[tuple[str, str, int]], copies: int, chance: random.Random
) -> None:
    settings.WATCHTIME_POLICY = "sum"
    with undone():
        bodies = bodies_of(beats, with_ids=lambda _: True) * copies
        chance.shuffle(bodies)
        post_in_requests(bodies, chance)
        work_in_any_order(chance)
        assert stored(fetch_all) == defined(definition_of(beats), watch_time.total)


@given(BEATS, st.integers(1, 30), CHANCE)
def test_the_same_holds_with_a_longest_step(
    settings: Settings, beats: list[tuple[str, str, int]], max_step: int, chance: random.Random
) -> None:
    settings.WATCHTIME_MAX_STEP = max_step
    with undone():
        bodies = bodies_of(beats, with_ids=lambda _: True) * 2
        chance.shuffle(bodies)
        post_in_requests(bodies, chance)
        work_in_any_order(chance)
        assert stored(fetch_all) == defined(
            definition_of(beats), lambda moments: watch_time.progress(moments, max_step)
        )


#: What may happen: a message of any step for any chunk (early, late, doubled), a drain, a sweep, time passing, and the
#: death of a worker that has just begun.
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["step", "step", "step", "drain", "sweep", "wait", "death"]),
        st.integers(0, 20),
        st.sampled_from([ENRICH, PERSIST, AGGREGATE]),
    ),
    max_size=40,
)
#: An event that stood alone may lose this many workers and is not blamed.
FORGIVEN_DEATHS = 4


class World:
    """The pipeline as messages find it, with a clock of its own."""

    def __init__(self) -> None:
        self.now = utc_now()
        self.deaths = 0

    def clock(self) -> datetime:
        return self.now

    def happens(self, what: str, which: int, step: Step) -> None:
        """Lets one thing happen."""
        made = [chunk_id for (chunk_id,) in fetch_all("SELECT id FROM chunks ORDER BY id")]
        if what == "drain":
            drain(now=self.now)
        elif what == "sweep":
            sweep(now=self.now)
        elif what == "wait":
            self.now += timedelta(seconds=which)
        elif made and what == "step":
            steps.run(step, made[which % len(made)], clock=self.clock)
        elif made and what == "death" and self.deaths < FORGIVEN_DEATHS:
            self.deaths += 1
            chunks.lease(made[which % len(made)], state=step.requires, now=self.now)

    def recover(self) -> None:
        """What sweeps bring about, given time."""
        for _ in range(MOST_TURNS):
            if not drain(now=self.now) and not waiting():
                return
            self.now += timedelta(seconds=60)
            for chunk_id, state in waiting():
                steps.run(STEP_FROM[state], chunk_id, clock=self.clock)
        raise AssertionError(f"still under way: {waiting()}")


@given(BEATS, HAPPENINGS, CHANCE)
def test_messages_lost_doubled_late_and_out_of_turn_change_nothing(
    beats: list[tuple[str, str, int]], happenings: list[tuple[str, int, Step]], chance: random.Random
) -> None:
    with undone():
        bodies = bodies_of(beats, with_ids=lambda _: False)
        chance.shuffle(bodies)
        post_in_requests(bodies, chance)
        world = World()
        for happening in happenings:
            world.happens(*happening)
        world.recover()

        assert stored(fetch_all) == defined(definition_of(beats))
        assert ends() == {"heartbeat": (len(bodies), 0, 0, 0, 0, 0)}
        assert rows_in("events", "failed_events") == {"events": len(bodies), "failed_events": 0}
        assert fetch_all("SELECT count(*) FROM operations WHERE handled <> total OR finished_at IS NULL") == [(0,)]
        assert fetch_all("SELECT DISTINCT state FROM chunks") == [(ChunkState.PUBLISHED,)]

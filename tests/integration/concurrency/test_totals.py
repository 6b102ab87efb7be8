"""Chunks that bring watch time at the same moment."""

from functools import partial

import pytest

from events.clock import utc_now
from events.database import execute, fetch_all
from events.pipeline import steps
from events.pipeline.steps import Outcome
from events.states import AGGREGATE, ChunkState
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import heartbeat, post, process, run_to
from tests.support.watch_time import Totals, stored
from watchtime import recompute
from watchtime.recompute import Difference

NEW_PAIR = "INSERT INTO watch_time_pairs (user_key, movie, updated_at) VALUES ('{}', '{}', now())"


def persisted(*beats: dict[str, object]) -> int:
    """A chunk of these heartbeats that is to be aggregated next."""
    (chunk_id,) = post(beats)
    run_to(chunk_id, ChunkState.PERSISTED)
    return chunk_id


def test_two_chunks_that_create_a_pair_at_the_same_moment_count_it_once(gate: Gate) -> None:
    first = persisted(heartbeat("ann", "alien", 10, second=1))
    second = persisted(heartbeat("ann", "alien", 30, second=2))
    outcomes = gate.pass_together(
        NEW_PAIR.format("ann", "alien"),
        partial(steps.run, AGGREGATE, first),
        partial(steps.run, AGGREGATE, second),
    )
    assert outcomes == [Outcome.GO_ON, Outcome.GO_ON]
    assert stored(fetch_all) == Totals({("ann", "alien"): (30, 30, 30)}, {"alien": (30, 1)}, {"ann": (30, 1)})


def test_two_chunks_that_add_to_a_pair_at_the_same_moment_both_count(gate: Gate) -> None:
    process([persisted(heartbeat("ann", "alien", 10, second=1))])
    chunks = [persisted(heartbeat("ann", "alien", at, second=at)) for at in (20, 50)]
    gate.pass_together(
        "SELECT 1 FROM watch_time_pairs FOR UPDATE",
        *(partial(steps.run, AGGREGATE, chunk_id) for chunk_id in chunks),
    )
    assert stored(fetch_all) == Totals({("ann", "alien"): (50, 50, 50)}, {"alien": (50, 1)}, {"ann": (50, 1)})


def test_chunks_that_name_the_same_pairs_in_opposite_order_both_get_through(gate: Gate) -> None:
    pairs = [("ann", "alien"), ("bob", "brazil"), ("cid", "casablanca")]
    first = persisted(*(heartbeat(user, movie, 10, second=1) for user, movie in pairs))
    second = persisted(*(heartbeat(user, movie, 30, second=2) for user, movie in reversed(pairs)))
    outcomes = gate.pass_together(
        NEW_PAIR.format("ann", "alien"),
        partial(steps.run, AGGREGATE, first),
        partial(steps.run, AGGREGATE, second),
    )
    assert outcomes == [Outcome.GO_ON, Outcome.GO_ON]
    assert stored(fetch_all) == Totals(
        dict.fromkeys(pairs, (30, 30, 30)),
        {movie: (30, 1) for _, movie in pairs},
        {user: (30, 1) for user, _ in pairs},
    )


def test_a_pair_that_is_forgotten_while_a_chunk_brings_more_for_it_is_counted(gate: Gate) -> None:
    # Repairing a pair whose only event was taken out deletes its row; a chunk that found the row there a moment ago
    # waits for it meanwhile.
    chunk_id = persisted(heartbeat("ann", "alien", 5, second=1), heartbeat("bob", "alien", 7, second=2))
    execute(NEW_PAIR.format("ann", "alien"))
    gate.hold("SELECT 1 FROM watch_time_pairs FOR UPDATE")
    thread = gate.start(partial(steps.run, AGGREGATE, chunk_id))
    gate.wait_for_waiters(1)
    gate.hold("DELETE FROM watch_time_pairs")
    gate.commit()
    assert thread.result(timeout=60) is Outcome.GO_ON
    assert stored(fetch_all) == Totals(
        {("ann", "alien"): (5, 5, 5), ("bob", "alien"): (7, 7, 7)}, {"alien": (12, 2)}, {"ann": (5, 1), "bob": (7, 1)}
    )


def test_a_heartbeat_behind_one_that_is_counted_at_the_same_moment(gate: Gate) -> None:
    # the later one is persisted by another chunk and not yet aggregated when the earlier one is counted
    early = persisted(heartbeat("ann", "alien", 10, second=1), heartbeat("ann", "alien", 20, second=3))
    late = persisted(heartbeat("ann", "alien", 15, second=2), heartbeat("ann", "alien", 60, second=4))
    gate.pass_together(
        NEW_PAIR.format("ann", "alien"),
        partial(steps.run, AGGREGATE, late),
        partial(steps.run, AGGREGATE, early),
    )
    assert stored(fetch_all) == Totals({("ann", "alien"): (60, 60, 60)}, {"alien": (60, 1)}, {"ann": (60, 1)})


@pytest.mark.parametrize(
    ("wrong", "more"),
    [
        (Difference("movie", ("alien",), "", ""), "UPDATE watch_time_movies SET watch_seconds = 30"),
        (Difference("user", ("ann",), "", ""), "UPDATE watch_time_users SET watch_seconds = 30"),
    ],
)
def test_a_sum_that_is_mended_while_a_chunk_adds_to_it_is_right(gate: Gate, wrong: Difference, more: str) -> None:
    # given somebody who adds 20 seconds
    process([persisted(heartbeat("ann", "alien", 10, second=1))])
    gate.hold("UPDATE watch_time_pairs SET watch_seconds = 30")
    gate.hold(more)
    # when the sum is mended meanwhile
    mending = gate.start(partial(recompute.mend, [wrong], now=utc_now()))
    gate.wait_for_waiters(1)
    gate.commit()
    mending.result(timeout=60)
    # then it has them
    totals = stored(fetch_all)
    assert (totals.movies["alien"] if wrong.of == "movie" else totals.users["ann"]) == (30, 1)

"""Order is by event time, then by arrival; whichever request or worker comes first."""

from itertools import permutations

import pytest

from events.database import fetch_all
from events.states import ChunkState
from tests.support.pipeline import heartbeat, post, process, run_to
from tests.support.watch_time import Beat, defined, stored

pytestmark = pytest.mark.django_db(transaction=True)

BEATS = [Beat("ann", "alien", 10, 1), Beat("ann", "alien", 20, 2), Beat("ann", "alien", 5, 3)]


def as_posted(beat: Beat) -> dict[str, object]:
    return heartbeat(beat.user, beat.movie, beat.at, second=beat.when)


@pytest.mark.parametrize("arriving", list(permutations(BEATS)))
def test_heartbeats_of_one_request_count_in_the_order_of_their_times(arriving: tuple[Beat, ...]) -> None:
    process(post(map(as_posted, arriving)))
    assert stored(fetch_all) == defined(BEATS)


@pytest.mark.parametrize("worked_on", list(permutations(range(3))))
def test_heartbeats_of_several_requests_do_so_too(worked_on: tuple[int, ...]) -> None:
    chunks = [post([as_posted(beat)])[0] for beat in reversed(BEATS)]
    process([chunks[index] for index in worked_on])
    assert stored(fetch_all) == defined(BEATS)


@pytest.mark.parametrize("worked_on", [(0, 1), (1, 0)])
def test_heartbeats_of_the_same_time_count_in_the_order_of_their_arrival(worked_on: tuple[int, ...]) -> None:
    chunks = [post([heartbeat("ann", "alien", at, second=1)])[0] for at in (30, 10)]
    process([chunks[index] for index in worked_on])
    assert stored(fetch_all).pairs == {("ann", "alien"): (30, 10, 30)}


def test_heartbeats_of_the_same_time_in_one_request_count_in_the_order_of_its_items() -> None:
    process(post([heartbeat("ann", "alien", at, second=1) for at in (30, 10)]))
    assert stored(fetch_all).pairs == {("ann", "alien"): (30, 10, 30)}


@pytest.mark.parametrize(
    ("uncounted", "late"),
    [
        (Beat("ann", "alien", 30, 1), Beat("ann", "alien", 20, 2)),
        (Beat("ann", "alien", 20, 2), Beat("ann", "alien", 25, 1)),
    ],
)
def test_the_neighbours_of_a_late_heartbeat_are_counted_ones(uncounted: Beat, late: Beat) -> None:
    around = [Beat("ann", "alien", 10, 0), Beat("ann", "alien", 40, 3)]
    process(post(map(as_posted, around)))
    (chunk_id,) = post([as_posted(uncounted)])
    run_to(chunk_id, ChunkState.PERSISTED)
    process(post([as_posted(late)]))
    assert stored(fetch_all) == defined([*around, late])
    process([chunk_id])
    assert stored(fetch_all) == defined([*around, late, uncounted])

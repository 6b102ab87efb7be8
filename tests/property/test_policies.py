"""What is pure in watch time: folding and the policies."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import watch_time
from watchtime.policies import Neighbours, Observation, PairState, Policy, fold, insert, late_ones, policy_named

MOMENTS = st.lists(st.integers(0, 10_000), max_size=30)
POLICIES = st.one_of(
    st.just(policy_named("progress", max_step=None)),
    st.just(policy_named("sum", max_step=None)),
    st.integers(1, 10_000).map(lambda step: policy_named("progress", max_step=step)),
)


def observed(moments: list[int]) -> list[Observation]:
    """The heartbeats of one pair, a second apart."""
    return [Observation((second, f"{second:032x}"), at=at) for second, at in enumerate(moments)]


@given(MOMENTS, st.lists(st.integers(0, 30)), POLICIES)
def test_folding_in_parts_is_folding_at_once(moments: list[int], cuts: list[int], policy: object) -> None:
    beats = observed(moments)
    state = PairState()
    for start, end in pairwise([0, *sorted(cuts), len(beats) + 30]):
        state = fold(state, beats[start:end], policy=policy)
    assert state == fold(PairState(), beats, policy=policy)


#: Whether an observation is late, and its moment; None stands for a played interval.
ARRIVALS = st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(0, 100))), max_size=30)


@given(ARRIVALS, POLICIES)
def test_inserting_late_ones_between_their_neighbours_is_folding_all(
    arrivals: list[tuple[bool, int | None]], policy: Policy
) -> None:
    # given
    everything = [
        Observation((second, f"{second:032x}"), at=at, played=0 if at is not None else second)
        for second, (_, at) in enumerate(arrivals)
    ]
    counted = [each for each, (is_late, _) in zip(everything, arrivals, strict=True) if not is_late]
    rest = [each for each, (is_late, _) in zip(everything, arrivals, strict=True) if is_late]
    state = fold(PairState(), counted, policy=policy)
    # when
    late = late_ones(state, rest)
    neighbours = {each.key: neighbours_among(counted, each) for each in late if each.at is not None}
    state = fold(insert(state, late, neighbours, policy=policy), rest[len(late) :], policy=policy)
    # then
    assert state == fold(PairState(), everything, policy=policy)


def neighbours_among(counted: list[Observation], late: Observation) -> Neighbours:
    """By their definition."""
    before = [each for each in counted if each.at is not None and each.key < late.key]
    after = [each for each in counted if each.at is not None and each.key > late.key]
    return Neighbours(before[-1] if before else None, after[0] if after else None)


@given(MOMENTS)
def test_progress_is_its_definition(moments: list[int]) -> None:
    state = fold(PairState(), observed(moments), policy=policy_named("progress", max_step=None))
    assert state.watch_seconds == watch_time.progress(moments)


@given(MOMENTS, st.integers(1, 10_000))
def test_progress_with_a_longest_step_is_its_definition(moments: list[int], max_step: int) -> None:
    state = fold(PairState(), observed(moments), policy=policy_named("progress", max_step=max_step))
    assert state.watch_seconds == watch_time.progress(moments, max_step)


@given(MOMENTS)
def test_sum_is_its_definition(moments: list[int]) -> None:
    state = fold(PairState(), observed(moments), policy=policy_named("sum", max_step=None))
    assert state.watch_seconds == watch_time.total(moments)


@pytest.mark.parametrize(
    ("moments", "watched", "latest", "furthest"),
    [
        ([4500], 4500, 4500, 4500),
        ([10, 20, 30], 30, 30, 30),
        ([10, 20, 20], 20, 20, 20),
        ([10, 30, 5, 15], 40, 15, 30),
        ([], 0, None, None),
        ([0], 0, 0, 0),
    ],
)
def test_progress_by_example(moments: list[int], watched: int, latest: int | None, furthest: int | None) -> None:
    beats = observed(moments)
    state = fold(PairState(), beats, policy=policy_named("progress", max_step=None))
    assert state == PairState(watched, latest, furthest, beats[-1].key if beats else None)

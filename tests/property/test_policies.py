"""What is pure in watch time: folding and the policies."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import watch_time
from watchtime.policies import Observation, PairState, fold, policy_named

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

"""How observations of a pair (user, movie) become its watch time. Pure: no database, no clock.

The rule of `progress`: order the heartbeats by time, then by arrival. `at` is the time spent so far, so the first
counts in full; each later one adds how far it moved forward; a step back adds nothing, and what is watched after it
counts again. In one line: sum(max(0, at - previous at)), the first previous being 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeAlias

import msgspec

Key: TypeAlias = tuple[int, str]


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One thing known about a pair.

    Attributes:
        key: (event time in microseconds since 1970, event id): the order in which observations count.
        at: seconds into the movie, of a heartbeat; None for a played interval.
        played: seconds of a played interval; 0 for a heartbeat.
    """

    key: Key
    at: int | None
    played: int = 0


class PairState(msgspec.Struct, frozen=True, gc=False):
    """What is counted for a pair so far. Seconds; moments are seconds into the movie.

    Attributes:
        last_key: key of the last observation counted; None before the first.
    """

    watch_seconds: int = 0
    latest_moment: int | None = None
    furthest_moment: int | None = None
    last_key: Key | None = None


#: Seconds that a heartbeat adds: (previous moment or 0, its moment) -> seconds.
Policy: TypeAlias = Callable[[int, int], int]


def progress(max_step: int | None = None) -> Policy:
    """Counts steps forward; one longer than `max_step` seconds is a seek and adds nothing."""

    def added(previous: int, at: int) -> int:
        step = max(0, at - previous)
        return step if max_step is None or step <= max_step else 0

    return added


def total(_previous: int, at: int) -> int:
    """Counts every `at` as it is (the policy `sum`)."""
    return at


def policy_named(name: str, *, max_step: int | None) -> Policy:
    """The policy of the setting WATCHTIME_POLICY: "progress" or "sum"."""
    return progress(max_step) if name == "progress" else total


def fold(state: PairState, observations: Iterable[Observation], *, policy: Policy) -> PairState:
    """Counts observations, which must come in the order of their keys and after the state's last one."""
    seconds, latest, furthest, last = state.watch_seconds, state.latest_moment, state.furthest_moment, state.last_key
    for observation in observations:
        seconds += observation.played
        if observation.at is not None:
            seconds += policy(latest or 0, observation.at)
            latest = observation.at
            furthest = latest if furthest is None else max(furthest, latest)
        last = observation.key
    return PairState(seconds, latest, furthest, last)


class Neighbours(NamedTuple):
    """The heartbeats counted next before and next after one that is late; None: there is none."""

    before: Observation | None
    after: Observation | None


def late_ones(state: PairState, observations: Sequence[Observation]) -> Sequence[Observation]:
    """Those, of observations in the order of their keys, that come at or before the last one counted."""
    if state.last_key is None:
        return ()
    return observations[: bisect_right(observations, state.last_key, key=attrgetter("key"))]


def insert(
    state: PairState, late: Iterable[Observation], neighbours: Mapping[Key, Neighbours], *, policy: Policy
) -> PairState:
    """Counts observations, in the order of their keys, which come before the state's last one.

    A heartbeat matters to itself and to the one after it. So a late one adds the difference that it makes between its
    neighbours.

    Args:
        neighbours: of each late heartbeat, by its key.
    """
    inserted: Observation | None = None
    for observation in late:
        seconds, latest = observation.played, state.latest_moment
        if observation.at is not None:
            before, after = neighbours[observation.key]
            if inserted is not None and (before is None or inserted.key > before.key):
                before = inserted
            previous = _moment(before)
            seconds += policy(previous, observation.at)
            if after is None:
                latest = observation.at
            else:
                seconds += policy(observation.at, _moment(after)) - policy(previous, _moment(after))
            inserted = observation
        furthest = max(
            (moment for moment in (state.furthest_moment, observation.at) if moment is not None), default=None
        )
        state = PairState(state.watch_seconds + seconds, latest, furthest, state.last_key)
    return state


def _moment(heartbeat: Observation | None) -> int:
    """Seconds into the movie; the beginning, before the first heartbeat."""
    return heartbeat.at or 0 if heartbeat else 0

"""Comparing the totals with the baselines and the stored events, and mending what differs.

They are read once, sorted, beside the pairs, in one snapshot: memory stays flat. A pair with an event that is
still under way is passed over; its totals are about to change.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from django.db import connection, transaction

from events.database import Parameters, Row, execute, fetch_all
from watchtime import totals
from watchtime.late import Pair
from watchtime.observations import TYPES, observation_of
from watchtime.policies import Observation, PairState, Policy
from watchtime.queries import queries

#: Rows fetched at a time from the two sorted reads.
ROWS_AT_A_TIME = 5000
#: A pair, its baseline or an observation of it, and whether that is under way.
Known: TypeAlias = tuple[Pair, PairState | Observation, bool]
#: Stands for the state of a pair one of whose events is still under way.
IN_MOTION = PairState(watch_seconds=-1)


@dataclass(frozen=True)
class Difference:
    """A total that is not what the stored events say.

    Attributes:
        of: "pair", "movie" or "user".
        key: (user, movie), (movie,) or (user,).
        stored: what the total's row says.
        expected: what the events, or the pairs, say.
    """

    of: str
    key: tuple[str, ...]
    stored: str
    expected: str

    def __str__(self) -> str:
        return f"{self.of} {' / '.join(self.key)}: stored {self.stored}, expected {self.expected}"


def differences() -> list[Difference]:
    """All totals that are wrong, in one snapshot of the database."""
    policy = totals.current_policy()
    with transaction.atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        execute("SET LOCAL statement_timeout = 0")
        return [*_wrong_pairs(policy), *_wrong_sums()]


def mend(found: list[Difference], *, now: datetime) -> None:
    """Computes the wrong totals again; a pair together with the sums that it is part of."""
    for pair in sorted((item.key[0], item.key[1]) for item in found if item.of == "pair"):
        user, movie = pair
        with transaction.atomic():
            totals.recompute([pair], now=now)
            _mend_movie(movie)
            _mend_user(user)
    for item in found:
        if item.of != "pair":
            with transaction.atomic():
                (_mend_movie if item.of == "movie" else _mend_user)(item.key[0])


def _mend_movie(movie: str) -> None:
    # Holding the row first: a chunk that adds to it comes either before, and is in the sum, or after.
    execute(queries.lock_movie.sql, {"movie": movie})
    execute(queries.mend_movie.sql, {"movie": movie})
    execute(queries.delete_empty_movies.sql, {"movies": [movie]})


def _mend_user(user: str) -> None:
    execute(queries.lock_user.sql, {"user": user})
    execute(queries.mend_user.sql, {"user": user})
    execute(queries.delete_empty_users.sql, {"users": [user]})


def _wrong_pairs(policy: Policy) -> Iterator[Difference]:
    both = heapq.merge(_expected_states(policy), _stored_states(), key=itemgetter(0))
    for pair, entries in groupby(both, key=itemgetter(0)):
        states = {source: state for _, source, state in entries}
        expected, stored = states.get("events"), states.get("pairs")
        if expected is not IN_MOTION and expected != stored:
            yield Difference("pair", pair, _in_words(stored), _in_words(expected))


def _expected_states(policy: Policy) -> Iterator[tuple[Pair, str, PairState]]:
    both: Iterator[Known] = heapq.merge(_baselines(), _observations(), key=itemgetter(0))
    for pair, parts in groupby(both, key=itemgetter(0)):
        baseline: PairState | None = None
        observed: list[Observation] = []
        is_in_motion = False
        for _, known, under_way in parts:
            is_in_motion |= under_way
            if isinstance(known, Observation):
                observed.append(known)
            else:
                baseline = known
        state = IN_MOTION if is_in_motion else totals.after_baseline(baseline, observed, policy=policy)
        assert state is not None
        yield pair, "events", state


def _baselines() -> Iterator[Known]:
    for user, movie, *state in _stream("all_baselines", queries.all_baselines.sql, {}):
        yield (user, movie), totals.state_of(tuple(state)), False


def _observations() -> Iterator[Known]:
    for user, movie, event_type, time_us, event_id, data, under_way in _stream(
        "all_observations", queries.all_observations.sql, {"types": list(TYPES)}
    ):
        yield (user, movie), observation_of(event_type, (time_us, event_id), data), under_way


def _stored_states() -> Iterator[tuple[Pair, str, PairState]]:
    for user, movie, *state in _stream("all_pairs", queries.all_pairs.sql, {}):
        yield (user, movie), "pairs", totals.state_of(tuple(state))


def _stream(name: str, query: str, parameters: Parameters) -> Iterator[Row]:
    """Rows of a query through a cursor on the server, so that not all are in memory at once."""
    connection.ensure_connection()
    with connection.connection.cursor(name=name) as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(query, parameters)
        yield from cursor


def _wrong_sums() -> Iterator[Difference]:
    for of, query in (("movie", queries.wrong_movies), ("user", queries.wrong_users)):
        for key, seconds, pairs, expected_seconds, expected_pairs in fetch_all(query.sql):
            yield Difference(
                of, (key,), f"{seconds} s in {pairs} pairs", f"{expected_seconds} s in {expected_pairs} pairs"
            )


def _in_words(state: PairState | None) -> str:
    if state is None:
        return "nothing"
    return f"{state.watch_seconds} s, latest moment {state.latest_moment}, furthest {state.furthest_moment}"

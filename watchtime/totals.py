"""Keeping the totals: of pairs, and of the movies and users that are the sums over them.

Locks are taken in one order everywhere: pairs, movies, users, each sorted by key (bytes, as COLLATE "C" sorts).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from events.database import Row, execute, fetch_all
from watchtime.conf import conf
from watchtime.observations import TYPES, observation_of
from watchtime.policies import Observation, PairState, Policy, fold, policy_named
from watchtime.queries import queries

#: (user, movie)
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class _Change:
    """A locked pair's row, before and after. No `after`: no event speaks of the pair any more."""

    row_id: int
    pair: Pair
    before: PairState
    after: PairState | None

    @property
    def added_seconds(self) -> int:
        return (self.after.watch_seconds if self.after else 0) - self.before.watch_seconds

    @property
    def added_pairs(self) -> int:
        return int(self.after is not None) - int(self.before.last_key is not None)


def current_policy() -> Policy:
    """The policy that the settings name."""
    return policy_named(conf.WATCHTIME_POLICY, max_step=conf.WATCHTIME_MAX_STEP)


def add(observations: dict[Pair, list[Observation]], *, now: datetime) -> None:
    """Counts new observations of stored events, within the caller's transaction.

    A pair whose new observations all come after the last one counted is folded on; one for which any comes at or
    before it is computed again from the stored events.
    """
    if not observations:
        return
    policy = current_policy()
    changes, behind = [], []
    for row_id, pair, state in _lock(sorted(observations), now=now):
        new = sorted(observations[pair], key=lambda observation: observation.key)
        if state.last_key is None or new[0].key > state.last_key:
            changes.append(_Change(row_id, pair, state, fold(state, new, policy=policy)))
        else:
            behind.append((row_id, pair, state))
    _write(changes + _computed_again(behind, policy=policy), now=now)


def recompute(pairs: Iterable[Pair], *, now: datetime) -> None:
    """Computes pairs again from the stored events, within the caller's transaction."""
    locked = _lock(sorted(set(pairs)), now=now)
    _write(_computed_again(locked, policy=current_policy()), now=now)


def _lock(pairs: Sequence[Pair], *, now: datetime) -> list[tuple[int, Pair, PairState]]:
    if not pairs:
        return []
    keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
    rows: list[Row] = []
    # A row that was there may be forgotten by a repair before it is locked; then it is made again.
    while len(rows) < len(pairs):
        execute(queries.create_pairs.sql, {**keys, "now": now})
        rows = fetch_all(queries.lock_pairs.sql, keys)
    return [(row[0], (row[1], row[2]), state_of(row[3:])) for row in rows]


def state_of(columns: Row) -> PairState:
    """A pair's state out of its columns from `watch_seconds` on."""
    watch_seconds, latest, furthest, last_time_us, last_event_id = columns
    last_key = None if last_event_id is None else (last_time_us, last_event_id)
    return PairState(watch_seconds, latest, furthest, last_key)


def _computed_again(locked: Sequence[tuple[int, Pair, PairState]], *, policy: Policy) -> list[_Change]:
    stored = _stored_observations([pair for _, pair, _ in locked])
    changes = []
    for row_id, pair, before in locked:
        observations = sorted(stored.get(pair, ()), key=lambda observation: observation.key)
        after = fold(PairState(), observations, policy=policy) if observations else None
        changes.append(_Change(row_id, pair, before, after))
    return changes


def _stored_observations(pairs: Sequence[Pair]) -> dict[Pair, list[Observation]]:
    observations: dict[Pair, list[Observation]] = defaultdict(list)
    if pairs:
        keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
        for user, movie, event_type, time_us, event_id, data in fetch_all(
            queries.stored_observations.sql, {**keys, "types": list(TYPES)}
        ):
            observations[user, movie].append(observation_of(event_type, (time_us, event_id), data))
    return observations


def _write(changes: Sequence[_Change], *, now: datetime) -> None:
    kept = [(change.row_id, change.after) for change in changes if change.after is not None]
    gone = [change.row_id for change in changes if change.after is None]
    if kept:
        last_keys = [after.last_key or (None, None) for _, after in kept]
        execute(
            queries.update_pairs.sql,
            {
                "ids": [row_id for row_id, _ in kept],
                "watch_seconds": [after.watch_seconds for _, after in kept],
                "latest_moments": [after.latest_moment for _, after in kept],
                "furthest_moments": [after.furthest_moment for _, after in kept],
                "last_times_us": [time_us for time_us, _ in last_keys],
                "last_event_ids": [event_id for _, event_id in last_keys],
                "now": now,
            },
        )
    if gone:
        execute(queries.delete_pairs.sql, {"ids": gone})
    _add_to_sums(changes, forget_empty=bool(gone))


def _add_to_sums(changes: Sequence[_Change], *, forget_empty: bool) -> None:
    movies: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    users: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for change in changes:
        if change.added_seconds or change.added_pairs:
            user, movie = change.pair
            for sums in (movies[movie], users[user]):
                sums[0] += change.added_seconds
                sums[1] += change.added_pairs
    for query, forget, name, sums_by_key in (
        (queries.add_to_movies, queries.delete_empty_movies, "movies", movies),
        (queries.add_to_users, queries.delete_empty_users, "users", users),
    ):
        keys = sorted(sums_by_key)
        if keys:
            seconds, pairs = zip(*(sums_by_key[key] for key in keys), strict=True)
            execute(query.sql, {name: keys, "seconds": list(seconds), "pairs": list(pairs)})
        if keys and forget_empty:
            execute(forget.sql, {name: keys})

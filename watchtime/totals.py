"""Keeping the totals: of pairs, and of the movies and users that are the sums over them.

Locks are taken in one order everywhere: pairs, movies, users, each sorted by key (bytes, as COLLATE "C" sorts).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from events.database import Row, execute, fetch_all
from watchtime.conf import conf
from watchtime.late import Pair, is_after, neighbours_of
from watchtime.observations import TYPES, observation_of
from watchtime.policies import Observation, PairState, Policy, fold, insert, late_ones, policy_named
from watchtime.queries import queries

_by_key = attrgetter("key")


class _Change(msgspec.Struct, frozen=True, gc=False):
    """A pair's row that this transaction holds, before and after.

    Attributes:
        row_id: None if the row was just made and is what it should be.
        after: None if no event speaks of the pair any more.
    """

    row_id: int | None
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
    return policy_named(conf.WATCHTIME_POLICY, max_step=conf.WATCHTIME_MAX_STEP)


def add(observations: dict[Pair, list[Observation]], *, now: datetime) -> set[str]:
    """Counts new observations of stored events, within the caller's transaction.

    Those after the last one counted are folded on. Late ones are inserted between their neighbours. Returns the ids of
    events at or before a pair's baseline, which add nothing.
    """
    if not observations:
        return set()
    policy = current_policy()
    pairs = sorted(observations)
    for pair in pairs:
        observations[pair].sort(key=_by_key)
    made = _create({pair: fold(PairState(), observations[pair], policy=policy) for pair in pairs}, now=now)
    changes = [_Change(None, pair, PairState(), state) for pair, state in made.items()]
    locked = _lock([pair for pair in pairs if pair not in made], now=now)
    late = {pair: late_ones(state, observations[pair]) for _, pair, state in locked}
    baselines = baselines_of([pair for pair, those in late.items() if those])
    in_time = {pair: [each for each in those if is_after(baselines.get(pair), each)] for pair, those in late.items()}
    neighbours = neighbours_of(in_time, baselines)
    for row_id, pair, state in locked:
        so_far = insert(state, in_time[pair], neighbours, policy=policy)
        after = fold(so_far, observations[pair][len(late[pair]) :], policy=policy)
        changes.append(_Change(row_id, pair, state, after))
    _write(changes, now=now)
    return {each.key[1] for pair, those in late.items() for each in those if not is_after(baselines.get(pair), each)}


def recompute(pairs: Iterable[Pair], *, now: datetime) -> None:
    """Computes pairs again from their baselines and the stored events that are counted, in the caller's transaction."""
    wanted = sorted(set(pairs))
    _create(dict.fromkeys(wanted, PairState()), now=now)
    locked = _lock(wanted, now=now)
    _write(_computed_again(locked, baselines_of(wanted), policy=current_policy()), now=now)


def _create(states: dict[Pair, PairState], *, now: datetime) -> dict[Pair, PairState]:
    """Makes rows for the pairs, which come sorted, that have none; returns those made, with their states."""
    keys = {"users": [user for user, _ in states], "movies": [movie for _, movie in states]}
    made = fetch_all(queries.create_pairs.sql, {**keys, **columns(states.values()), "now": now}) if states else []
    return {(user, movie): states[user, movie] for user, movie in made}


def _lock(pairs: Sequence[Pair], *, now: datetime) -> list[tuple[int, Pair, PairState]]:
    if not pairs:
        return []
    keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
    rows = fetch_all(queries.lock_pairs.sql, keys)
    while len(rows) < len(pairs):
        # A row that was there was forgotten by a repair before it could be locked: it is made again, empty.
        _create(dict.fromkeys(pairs, PairState()), now=now)
        rows = fetch_all(queries.lock_pairs.sql, keys)
    return [(row[0], (row[1], row[2]), state_of(row[3:])) for row in rows]


def state_of(columns: Row) -> PairState:
    """A pair's state out of its columns from `watch_seconds` on."""
    watch_seconds, latest, furthest, last_time_us, last_event_id = columns
    last_key = None if last_event_id is None else (last_time_us, last_event_id)
    return PairState(watch_seconds, latest, furthest, last_key)


def baselines_of(pairs: Sequence[Pair]) -> dict[Pair, PairState]:
    """The baselines of those of the pairs that have one."""
    if not pairs:
        return {}
    keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
    return {(row[0], row[1]): state_of(row[2:]) for row in fetch_all(queries.baselines_of.sql, keys)}


def after_baseline(
    baseline: PairState | None, observations: Iterable[Observation], *, policy: Policy
) -> PairState | None:
    """A pair's state after its baseline and these observations, which come in order; None: nothing is known of it."""
    new = [observation for observation in observations if is_after(baseline, observation)]
    return fold(baseline or PairState(), new, policy=policy) if baseline or new else None


def _computed_again(
    locked: Sequence[tuple[int, Pair, PairState]], baselines: Mapping[Pair, PairState], *, policy: Policy
) -> list[_Change]:
    stored = _stored_observations([pair for _, pair, _ in locked])
    changes = []
    for row_id, pair, before in locked:
        observations = sorted(stored.get(pair, ()), key=_by_key)
        after = after_baseline(baselines.get(pair), observations, policy=policy)
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
    stored = [change for change in changes if change.row_id is not None]
    kept = {change.row_id: change.after for change in stored if change.after is not None}
    gone = [change.row_id for change in stored if change.after is None]
    if kept:
        execute(queries.update_pairs.sql, {"ids": list(kept), **columns(kept.values()), "now": now})
    if gone:
        execute(queries.delete_pairs.sql, {"ids": gone})
    _add_to_sums(changes, forget_empty=bool(gone))


def columns(states: Collection[PairState]) -> dict[str, Sequence[int | None] | Sequence[str | None]]:
    """States as one list a column, as the queries take them."""
    last_keys = [state.last_key or (None, None) for state in states]
    return {
        "watch_seconds": [state.watch_seconds for state in states],
        "latest_moments": [state.latest_moment for state in states],
        "furthest_moments": [state.furthest_moment for state in states],
        "last_times_us": [time_us for time_us, _ in last_keys],
        "last_event_ids": [event_id for _, event_id in last_keys],
    }


def _add_to_sums(changes: Sequence[_Change], *, forget_empty: bool) -> None:
    movies: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    users: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for change in changes:
        seconds, pairs = change.added_seconds, change.added_pairs
        if seconds or pairs:
            user, movie = change.pair
            for sums in (movies[movie], users[user]):
                sums[0] += seconds
                sums[1] += pairs
    for query, forget, name, sums_by_key in (
        (queries.add_to_movies, queries.delete_empty_movies, "movies", movies),
        (queries.add_to_users, queries.delete_empty_users, "users", users),
    ):
        keys = sorted(sums_by_key)
        if keys:
            sums_of_keys = [sums_by_key[key] for key in keys]
            execute(
                query.sql,
                {
                    name: keys,
                    "seconds": [sums[0] for sums in sums_of_keys],
                    "pairs": [sums[1] for sums in sums_of_keys],
                },
            )
        if keys and forget_empty:
            execute(forget.sql, {name: keys})

"""Baselines: what is counted for pairs by events that may be gone.

A pair's baseline is its state after all observations up to a key. It is made from the stored events before a month of
them is pruned. What is stored with a key up to that one is in it, or came too late and adds nothing; so the pair's
total is the baseline and what is stored after it, before and after the month is gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter

from django.db import connection

from events.database import execute, fetch_all
from events.exceptions import StillNeeded
from events.pipeline.partitions import Month
from events.retention.months import Position
from watchtime import totals
from watchtime.late import Pair
from watchtime.observations import TYPES, observation_of
from watchtime.policies import Key, Observation, PairState, Policy, fold
from watchtime.queries import queries

#: Pairs of one transaction.
PAIRS_AT_ONCE = 200


class Baselines:
    """Makes baselines for the pairs of a month."""

    def let_go(self, month: Month, *, after: Position | None) -> Position | None:
        """Locks the next pairs, and makes their baselines cover what is stored of the month."""
        partition = connection.ops.quote_name(month.name)
        user, movie = after or ("", "")
        pairs = fetch_all(
            queries.pairs_of_partition.sql.format(partition=partition),
            {"types": list(TYPES), "user": user, "movie": movie, "limit": PAIRS_AT_ONCE},
        )
        if not pairs:
            return None
        keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
        fetch_all(queries.lock_pairs.sql, keys)
        policy = totals.current_policy()
        before = totals.baselines_of(pairs)
        covered = {
            pair: _covering(month, before.get(pair), observed, policy=policy)
            for pair, observed in _stored(pairs).items()
        }
        _write({pair: state for pair, state in covered.items() if state is not None})
        return list(pairs[-1])


def _stored(pairs: Sequence[Pair]) -> dict[Pair, list[tuple[Observation, bool]]]:
    """All stored observations in their order, and whether each is still under way."""
    keys = {"users": [user for user, _ in pairs], "movies": [movie for _, movie in pairs]}
    observed: dict[Pair, list[tuple[Observation, bool]]] = defaultdict(list)
    for user, movie, event_type, time_us, event_id, data, under_way in fetch_all(
        queries.observations_under_way_too.sql, {**keys, "types": list(TYPES)}
    ):
        observed[user, movie].append((observation_of(event_type, (time_us, event_id), data), under_way))
    for observations in observed.values():
        observations.sort(key=lambda each: each[0].key)
    return observed


def _covering(
    month: Month, before: PairState | None, observed: Sequence[tuple[Observation, bool]], *, policy: Policy
) -> PairState | None:
    """The baseline that covers all observations up to the last one of the month; None: the one there is does."""
    lowest, end = map(str, month.bounds.values())
    new = [each for each in observed if before is None or each[0].key > _last(before)]
    of_month = [observation.key for observation, _ in new if lowest <= observation.key[1] < end]
    if not of_month:
        return None
    first = [each for each in new if each[0].key <= of_month[-1]]
    if any(under_way for _, under_way in first):
        raise StillNeeded("Events of pairs that the month has events of are under way.")
    return fold(before or PairState(), map(itemgetter(0), first), policy=policy)


def _last(state: PairState) -> Key:
    assert state.last_key is not None
    return state.last_key


def _write(baselines: dict[Pair, PairState]) -> None:
    if baselines:
        execute(
            queries.write_baselines.sql,
            {
                "users": [user for user, _ in baselines],
                "movies": [movie for _, movie in baselines],
                **totals.columns(baselines.values()),
            },
        )

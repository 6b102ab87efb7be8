"""Rows of one table are locked in the order of their keys: shown by holding the one in the middle."""

import uuid
from functools import partial

import pytest
from django.db import OperationalError, transaction

from events.database import execute, fetch_all
from events.pipeline import steps
from events.queries import queries
from events.states import AGGREGATE, ChunkState
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import heartbeat, post, process, run_to

#: By user they come in another order than by movie.
PAIRS = [("ann", "zulu"), ("bob", "vertigo"), ("cid", "alien")]
KEYS = [str(uuid.UUID(int=number)) for number in (1, 2, 3)]
A_PAIR = "user_key = %(one)s AND movie = %(other)s"


def is_held(table: str, condition: str, *keys: str) -> bool:
    """Whether somebody else has locked the row."""
    names = dict(zip(("one", "other"), keys, strict=False))
    try:
        with transaction.atomic():
            fetch_all(f"SELECT 1 FROM {table} WHERE {condition} FOR UPDATE NOWAIT", names)
    except OperationalError:
        return True
    return False


def is_made(user: str, movie: str) -> bool:
    """Whether somebody else has made the pair's row, and not committed it."""
    try:
        with transaction.atomic():
            execute("SET LOCAL lock_timeout = '100ms'")
            execute(
                "INSERT INTO watch_time_pairs (user_key, movie, updated_at) VALUES (%(user)s, %(movie)s, now())",
                {"user": user, "movie": movie},
            )
            transaction.set_rollback(True)
    except OperationalError:
        return True
    return False


def a_chunk_of_all_pairs(*, second: int) -> int:
    """To be aggregated next; its events come in none of the two orders."""
    beats = [heartbeat(user, movie, 10 * second, second=second) for user, movie in (PAIRS[1], PAIRS[2], PAIRS[0])]
    (chunk_id,) = post(beats)
    run_to(chunk_id, ChunkState.PERSISTED)
    return chunk_id


def test_pairs_are_created_in_the_order_of_user_and_movie(gate: Gate) -> None:
    chunk_id = a_chunk_of_all_pairs(second=1)
    gate.hold("INSERT INTO watch_time_pairs (user_key, movie, updated_at) VALUES (%s, %s, now())", PAIRS[1])
    gate.start(partial(steps.run, AGGREGATE, chunk_id))
    gate.wait_for_waiters(1)
    assert [is_made(*PAIRS[0]), is_made(*PAIRS[2])] == [True, False]
    gate.open()


def test_pairs_are_locked_in_the_order_of_user_and_movie(gate: Gate) -> None:
    # given rows that lie in the table in the order of their movies
    for user, movie in reversed(PAIRS):
        process(post([heartbeat(user, movie, 5, second=0)]))
    chunk_id = a_chunk_of_all_pairs(second=1)
    gate.hold("SELECT 1 FROM watch_time_pairs WHERE user_key = %s AND movie = %s FOR UPDATE", PAIRS[1])
    gate.start(partial(steps.run, AGGREGATE, chunk_id))
    gate.wait_for_waiters(1)
    assert [is_held("watch_time_pairs", A_PAIR, *pair) for pair in (PAIRS[0], PAIRS[2])] == [True, False]
    gate.open()


def test_movies_are_added_to_in_the_order_of_their_keys(gate: Gate) -> None:
    process([a_chunk_of_all_pairs(second=1)])
    chunk_id = a_chunk_of_all_pairs(second=2)
    gate.hold("SELECT 1 FROM watch_time_movies WHERE movie = 'vertigo' FOR UPDATE")
    gate.start(partial(steps.run, AGGREGATE, chunk_id))
    gate.wait_for_waiters(1)
    assert [is_held("watch_time_movies", "movie = %(one)s", movie) for movie in ("alien", "zulu")] == [True, False]
    gate.open()


@pytest.mark.django_db(transaction=True)
def test_identities_are_given_up_in_the_order_of_their_keys(gate: Gate) -> None:
    # given keys that lie in the table in another order, and are given up in yet another
    for key in reversed(KEYS):
        execute("INSERT INTO dedupe_keys (key, event_id) VALUES (%(key)s, %(key)s)", {"key": key})
    wanted = [KEYS[2], KEYS[1], KEYS[0]]
    gate.hold("SELECT 1 FROM dedupe_keys WHERE key = %s FOR UPDATE", [KEYS[1]])
    gate.start(partial(execute, queries.forget_dedupe_keys.sql, {"keys": wanted, "event_ids": wanted}))
    gate.wait_for_waiters(1)
    assert [is_held("dedupe_keys", "key = %(one)s", key) for key in (KEYS[0], KEYS[2])] == [True, False]
    gate.open()

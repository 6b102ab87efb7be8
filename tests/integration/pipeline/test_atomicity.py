"""What happens together happens in one transaction, wherever it is cut off, and takes its locks in one order."""

import re
from collections.abc import Callable, Iterator

import pytest

from events.database import execute
from tests.integration.pipeline.transactions import (
    OPERATIONS,
    Operation,
    aggregating_events_of_all_projections,
    name_of,
)
from tests.support.deaths import Died, die_at_every_statement, everything, statements_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("prepare", OPERATIONS, ids=name_of)
def test_what_dies_at_any_statement_has_done_nothing(prepare: Callable[[], Operation]) -> None:
    operation = prepare()
    died_at, before = die_at_every_statement(operation)
    assert died_at, "it has statements"
    assert everything() != before, "and an effect"


#: The order of locks, as docs/architecture.md has it.
LOCK_ORDER = (
    *("chunks", "dedupe_keys", "watch_time_pairs", "watch_time_movies", "watch_time_users", "notification_users"),
    *("notifications", "operations", "event_tallies"),
)
_LOCKS = re.compile(r"\b(?:UPDATE|INTO|DELETE FROM)\s+\"?(\w+)|\bFROM\s+\"?(\w+)[^;]*?\bFOR UPDATE\b", re.IGNORECASE)


def locked_by(statements: list[str]) -> Iterator[str]:
    """The tables whose rows the statements write or lock, each where it comes first; new rows nobody waits for."""
    seen: set[str] = set()
    for statement in statements:
        if "INSERT INTO" in statement and "ON CONFLICT" not in statement:
            continue
        for names in _LOCKS.findall(re.sub(r"ON CONFLICT.*", "", statement, flags=re.DOTALL)):
            name = names[0] or names[1]
            if name in LOCK_ORDER and name not in seen:
                seen.add(name)
                yield name


@pytest.mark.parametrize("prepare", OPERATIONS, ids=name_of)
def test_locks_are_taken_in_the_one_order(prepare: Callable[[], Operation]) -> None:
    taken = list(locked_by(statements_of(prepare())))
    assert taken == sorted(taken, key=LOCK_ORDER.index)


def test_the_order_of_locks_is_that_of_the_documentation() -> None:
    taken = list(locked_by(statements_of(aggregating_events_of_all_projections())))
    assert taken == [name for name in LOCK_ORDER if name != "dedupe_keys"]


#: Their commits need not wait for the disk: a later one of the same events does, and a crash before it undoes effect
#: and state together.
UNDONE_TOGETHER = (
    *("the_drain", "a_step accepted", "a_step enriched", "a_step aggregated"),
    *("enriching_events_that_part", "storing_events_that_lack_something"),
)


@pytest.mark.parametrize("prepare", OPERATIONS, ids=name_of)
def test_the_first_and_the_last_commit_of_an_event_wait_for_the_disk(prepare: Callable[[], Operation]) -> None:
    # once PostgreSQL has been told not to wait, in any statement of a transaction, its commit does not
    need_not = any("synchronous_commit" in statement for statement in statements_of(prepare()))
    assert need_not == (name_of(prepare) in UNDONE_TOGETHER)


def test_a_death_between_two_transactions_is_seen() -> None:
    # the test of these tests
    def in_two_transactions() -> None:
        execute("INSERT INTO dedupe_keys (key, event_id) VALUES (gen_random_uuid(), gen_random_uuid())")
        execute("DELETE FROM dedupe_keys WHERE false")

    with pytest.raises(AssertionError, match="a part of it has happened"):
        die_at_every_statement(in_two_transactions)
    with pytest.raises(Died):
        raise Died

"""Single events of concurrent requests are committed together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec
import pytest
from django.db import Error, InternalError, OperationalError
from django.db import connection as database

from events.clock import utc_now
from events.database import fetch_all
from events.ids import new_ids
from events.intake import group_commit as module
from events.intake.group_commit import GroupCommit
from events.intake.inbox import insert_events
from events.pipeline.drain import drain
from events.records import EventRecord
from tests.integration.concurrency.gate import Gate

#: What every commit waits for while the gate holds it.
LOCK = "LOCK TABLE inbox IN SHARE MODE"
REFUSES_POISON = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.record LIKE '%poison%' THEN RAISE 'poison'; END IF; RETURN NEW; END $$;
CREATE TRIGGER refuse_poison BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION refuse_poison();
"""


@pytest.fixture
def group_commit(transactional_db: None) -> Iterator[GroupCommit]:
    made = GroupCommit()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def _poison(transactional_db: None) -> Iterator[None]:
    """PostgreSQL refuses events of the user poison."""
    with database.cursor() as cursor:
        cursor.execute(REFUSES_POISON)
    yield
    with database.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse_poison CASCADE")


def record(user: str) -> EventRecord:
    return EventRecord(new_ids(1)[0], "heartbeat", user, "alien", 0, None, msgspec.Raw(b"{}"))


def stored() -> list[str]:
    """The users of the events in the inbox, together those of one transaction, by the order of events."""
    rows = fetch_all(
        "SELECT string_agg(record::json->>2, ' ' ORDER BY id) FROM inbox GROUP BY xmin::text ORDER BY min(id::text)"
    )
    return [users for (users,) in rows]


def commit_beside(
    gate: Gate, group_commit: GroupCommit, first: str, *others: str, open_gate: Callable[[], object]
) -> list[Exception | None]:
    """Commits an event, and while that is under way others; what each failed with."""

    async def error_of(committing: Awaitable[object]) -> Exception | None:
        try:
            async with asyncio.timeout(30):
                await committing
        except Error as error:
            return error
        return None

    async def run() -> list[Exception | None]:
        tasks = [asyncio.ensure_future(error_of(group_commit.commit(record(first), None)))]
        await started(tasks)
        gate.wait_for_waiters(1)
        tasks += [asyncio.ensure_future(error_of(group_commit.commit(record(user), None))) for user in others]
        await started(tasks)
        assert not any(task.done() for task in tasks), "nobody hears of a commit before it"
        open_gate()
        return await asyncio.gather(*tasks)

    async def started(tasks: list[asyncio.Task[Exception | None]]) -> None:
        for _ in tasks:
            await asyncio.sleep(0)

    gate.hold(LOCK)
    return asyncio.run(run())


def test_who_comes_while_a_commit_is_under_way_joins_the_next(gate: Gate, group_commit: GroupCommit) -> None:
    errors = commit_beside(gate, group_commit, "ann", "bob", "cid", "dan", open_gate=gate.open)
    assert errors == [None] * 4
    assert stored() == ["ann", "bob cid dan"]


@pytest.mark.usefixtures("_poison")
def test_an_event_that_is_refused_costs_no_other_one(gate: Gate, group_commit: GroupCommit) -> None:
    errors = commit_beside(gate, group_commit, "ann", "bob", "poison", "cid", "poison", open_gate=gate.open)
    assert [type(error) for error in errors] == [type(None), type(None), InternalError, type(None), InternalError]
    assert errors[2] is not errors[4], "each has an error of its own"
    assert stored() == ["ann", "bob", "cid"]


def test_a_connection_that_breaks_fails_those_who_were_under_way_and_no_later_one(
    gate: Gate, group_commit: GroupCommit
) -> None:
    def break_it() -> None:
        gate.hold("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        gate.open()

    errors = commit_beside(gate, group_commit, "ann", "bob", open_gate=break_it)
    assert [type(error) for error in errors] == [OperationalError, type(None)]
    assert stored() == ["bob"]


def test_a_group_whose_connection_broke_is_not_tried_again(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a server that commits and goes away before it says so, and a drain that is quick
    def commit_and_break(records: Sequence[EventRecord]) -> None:
        insert_events(records)
        drain(now=utc_now())
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(module, "insert_events", commit_and_break)
    errors = module._commit([record("ann"), record("bob")])
    assert [type(error) for error in errors] == [OperationalError] * 2
    assert fetch_all("SELECT sum(size)::int FROM chunks") == [(2,)]


def test_an_event_whose_request_is_cancelled_costs_no_other_one(gate: Gate, group_commit: GroupCommit) -> None:
    async def run() -> None:
        gate.hold(LOCK)
        commits = [asyncio.ensure_future(group_commit.commit(record(user), None)) for user in ("ann", "bob", "cid")]
        await asyncio.sleep(0)
        gate.wait_for_waiters(1)
        commits[1].cancel()
        await asyncio.sleep(0)
        gate.open()
        async with asyncio.timeout(30):
            await asyncio.gather(commits[0], commits[2])
        assert commits[1].cancelled()

    asyncio.run(run())
    assert "ann" in stored()[0]
    assert "cid" in stored()[-1]


def test_what_waits_is_committed_before_the_end(transactional_db: None) -> None:
    group_commit = GroupCommit()

    async def run() -> None:
        waiting = [asyncio.ensure_future(group_commit.commit(record(user), None)) for user in ("ann", "bob")]
        await asyncio.sleep(0)
        group_commit.start()
        group_commit.stop()
        async with asyncio.timeout(30):
            await asyncio.gather(*waiting)

    asyncio.run(run())
    assert stored() == ["ann bob"]

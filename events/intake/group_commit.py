"""Commits single events of concurrent requests together, and charges their quotas together before.

Whoever arrives while a commit is under way joins the next one. The first alone commits at once; nothing waits for a
timer. Each caller waits for the commit that holds its event, and has its own error.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from django.db import connection

from events.database import DATABASE_AWAY, checked_connection
from events.intake.inbox import insert_events
from events.intake.quota import Headers, Quota, charge_each
from events.records import EventRecord

#: Events of one commit at most.
LARGEST_GROUP = 128

#: What the response says of a quota, or why there is none of 202.
_Outcome: TypeAlias = Headers | Exception


class _Waiting(NamedTuple):
    record: EventRecord
    quota: Quota | None
    future: asyncio.Future[Headers]


class GroupCommit:
    """The one thread of a process that commits single events, with its database connection."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commits what waits, and ends the thread."""
        self._waiting.put(None)
        self._thread.join()

    async def commit(self, record: EventRecord, quota: Quota | None) -> Headers:
        """Returns when the event is committed, with what the response says of its quota.

        Raises:
            QuotaExceeded: it was not committed.
            django.db.Error: what PostgreSQL says if it could not be.
        """
        future: asyncio.Future[Headers] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Waiting(record, quota, future))
        return await future

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first, *self._all_that_wait()]
            try:
                outcomes = _charge_and_commit(group)
            except Exception as error:  # the thread must go on, whatever happens
                outcomes = [error] * len(group)
            group[0].future.get_loop().call_soon_threadsafe(_settle, group, outcomes)
        connection.close()

    def _all_that_wait(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        with suppress(queue.Empty):
            while len(group) < LARGEST_GROUP - 1:
                waiting = self._waiting.get_nowait()
                if waiting is None:
                    self._waiting.put(None)
                    break
                group.append(waiting)
        return group


def _charge_and_commit(group: Sequence[_Waiting]) -> list[_Outcome]:
    """Commits the events that their quotas let pass; the outcome of each event."""
    charged = iter(charge_each([waiting.quota for waiting in group if waiting.quota]))
    outcomes: list[_Outcome] = [next(charged) if waiting.quota else {} for waiting in group]
    passed = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, Exception)]
    errors = _commit([group[place].record for place in passed]) if passed else []
    for place, error in zip(passed, errors, strict=True):
        outcomes[place] = error or outcomes[place]
    return outcomes


def _commit(records: Sequence[EventRecord]) -> list[Exception | None]:
    """Commits the events together, or one by one where that fails; what each failed with.

    Where the server is away, or took too long, none is tried again: the next would fare alike, and an event that was
    committed before the connection broke would be there twice.
    """
    try:
        with checked_connection():
            insert_events(records)
    except DATABASE_AWAY as error:
        return [error] * len(records)
    except Exception as error:
        if len(records) == 1:
            return [error]
        return [_commit([record])[0] for record in records]
    return [None] * len(records)


def _settle(group: Sequence[_Waiting], outcomes: Sequence[_Outcome]) -> None:
    for waiting, outcome in zip(group, outcomes, strict=True):
        if waiting.future.done():
            continue  # its request was cancelled
        if isinstance(outcome, Exception):
            waiting.future.set_exception(outcome)
        else:
            waiting.future.set_result(outcome)

"""Commits single events of concurrent requests together.

Whoever arrives while a commit is under way joins the next one. The first alone commits at once; nothing waits for a
timer. Each caller waits for the commit that holds its event, and has its own error.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from django.db import connection

from events.database import DATABASE_AWAY, checked_connection
from events.intake.inbox import insert_events
from events.records import EventRecord

#: Events of one commit at most.
LARGEST_GROUP = 128

_Waiting: TypeAlias = tuple[EventRecord, asyncio.Future[None]]


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

    async def commit(self, record: EventRecord) -> None:
        """Returns when the event is committed; raises what PostgreSQL says if it is not."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.put((record, future))
        await future

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first, *self._all_that_wait()]
            try:
                errors = _commit([record for record, _ in group])
            except Exception as error:  # the thread must go on, whatever happens
                errors = [error] * len(group)
            group[0][1].get_loop().call_soon_threadsafe(_settle, group, errors)
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


def _settle(group: Sequence[_Waiting], errors: Sequence[Exception | None]) -> None:
    for (_, future), error in zip(group, errors, strict=True):
        if future.done():
            continue  # its request was cancelled
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

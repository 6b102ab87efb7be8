"""Two at the same moment: made sure of by a lock that both wait for, never by sleeping."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg2
from django.db import connection

from tests.support.processes.waiting import wait_until

WAITERS = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name = 'tidemark'
"""


class Gate:
    """A connection of its own that holds something which others will wait for."""

    def __init__(self) -> None:
        address = connection.get_connection_params()
        names = ("dbname", "user", "host", "port", "password", "sslmode")
        same_server = {name: address[name] for name in names if address.get(name)}
        self._connection = psycopg2.connect(**same_server)
        self._watcher = psycopg2.connect(**same_server)
        self._watcher.autocommit = True
        self._threads = ThreadPoolExecutor(8)
        self._running: list[Future[Any]] = []

    def hold(self, statement: str, parameters: Any = None) -> None:
        """Executes a statement whose locks are held until `open`."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def start(self, function: Callable[[], Any]) -> Future[Any]:
        """Runs `function` in a thread with a database connection of its own."""

        def run() -> Any:
            try:
                return function()
            finally:
                connection.close()

        self._running.append(self._threads.submit(run))
        return self._running[-1]

    def wait_for_waiters(self, count: int) -> None:
        """Waits until that many threads wait for a lock; a thread that ended instead raises what it raised."""

        def waiting() -> bool:
            for thread in self._running:
                if thread.done():
                    thread.result()
            with self._watcher.cursor() as cursor:
                cursor.execute(WAITERS)
                (found,) = cursor.fetchone() or (0,)
            return bool(found >= count)

        wait_until(waiting, what=f"{count} threads wait for a lock")

    def open(self) -> None:
        """Lets go, undoing what `hold` did, so that all who wait go on at the same moment."""
        self._connection.rollback()

    def commit(self) -> None:
        """Lets go, keeping what `hold` did."""
        self._connection.commit()

    def close(self) -> None:
        """Ends the threads and the connection."""
        self._connection.close()
        self._watcher.close()
        self._threads.shutdown(wait=True)

    def pass_together(self, held: str, *functions: Callable[[], Any]) -> list[Any]:
        """Lets the functions wait for what the statement holds, all of them, and then go on; returns their results."""
        self.hold(held)
        threads = [self.start(function) for function in functions]
        self.wait_for_waiters(len(functions))
        self.open()
        return [thread.result(timeout=60) for thread in threads]

"""Running statements of DuckDB while somebody watches: how far they are, and that Ctrl-C ends them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import duckdb

#: Seconds between two looks.
LOOK_SECONDS = 0.1


class Watched:
    """Runs statements of one connection, one after the other, in a thread of their own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, statements: str, on_progress: Callable[[float], None]) -> None:
        """Runs them to the end, and tells the share that is done, from 0 to 1, meanwhile.

        Whatever is raised here, KeyboardInterrupt for example, ends the statement first.
        """
        with ThreadPoolExecutor(max_workers=1) as thread:
            running = thread.submit(self._execute, statements)
            try:
                while not wait([running], timeout=LOOK_SECONDS).done:
                    on_progress(max(0.0, self._connection.query_progress()) / 100)
            except BaseException:
                self._end(running)
                raise
            running.result()

    def _execute(self, statements: str) -> None:
        self._connection.execute(statements).fetchall()

    def _end(self, running: Future[None]) -> None:
        while not wait([running], timeout=LOOK_SECONDS).done:
            self._connection.interrupt()

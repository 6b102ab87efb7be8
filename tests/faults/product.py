"""A running product as the fault tests see it: posts, tables, and processes to do harm to."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis
import requests

from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, POSTGRES_PORT
from tests.support import tables
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until


class Product:
    """`manage.py up`, and connections of our own to its servers."""

    def __init__(self, tidemark: Tidemark, harm: Path) -> None:
        self.tidemark = tidemark
        self._harm = harm
        self._connection: Any = None

    def close(self) -> None:
        """Ends the connection to the database."""
        if self._connection is not None:
            self._connection.close()

    # --- Its routes ------------------------------------------------------------------------------------------------

    def post(self, path: str, body: object, session: requests.Session | None = None) -> requests.Response:
        """Posts JSON."""
        return (session or requests).post(self.tidemark.base_url + path, json=body, timeout=60)

    def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        answer = requests.get(self.tidemark.base_url + path, timeout=60)
        answer.raise_for_status()
        return answer.json()

    # --- Its tables ------------------------------------------------------------------------------------------------

    def fetch(self, query: str) -> Sequence[Sequence[Any]]:
        """The rows of a query, over a connection of the tests' own."""
        if self._connection is None:
            sockets = str(self.tidemark.directory.sockets)
            self._connection = psycopg2.connect(
                dbname=DATABASE_NAME, user=DATABASE_USER, host=sockets, port=POSTGRES_PORT
            )
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            rows: Sequence[Sequence[Any]] = cursor.fetchall() if cursor.description else []
            return rows

    def wait_until_idle(self, seconds: float = 120) -> None:
        """Waits until every accepted event has come to its end, without anyone's help."""
        wait_until(lambda: tables.pending(self.fetch) == 0, what="nothing is pending", seconds=seconds, every=0.2)

    def check_watch_time(self) -> None:
        """`recompute_watch_time --check` must find nothing."""
        checked = self.tidemark.manage("recompute_watch_time", "--check")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    # --- Its processes ---------------------------------------------------------------------------------------------

    def redis(self) -> redis.Redis:
        """A client of its broker."""
        return redis.Redis(unix_socket_path=str(self.tidemark.directory.valkey_socket))

    def work_children(self) -> list[psutil.Process]:
        """The processes in which steps run: children of the worker of the queue `work`."""
        return self.children("work")

    def children(self, role: str) -> list[psutil.Process]:
        """The processes of a role that others of that role have started."""
        processes = self.tidemark.processes(role)
        pids = {process.pid for process in processes}
        return [process for process in processes if process.ppid() in pids]

    @contextmanager
    def frozen(self, *roles: str) -> Iterator[None]:
        """SIGSTOP to all processes of these roles, SIGCONT at the end."""
        processes = [process for role in roles for process in self.tidemark.processes(role)]
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        wait_until(
            lambda: all(process.status() == psutil.STATUS_STOPPED for process in processes), what=f"{roles} are frozen"
        )
        try:
            yield
        finally:
            for process in processes:
                if process.is_running():
                    process.send_signal(signal.SIGCONT)

    # --- The harm ---------------------------------------------------------------------------------------------------

    def cure(self) -> None:
        """From now on harmful events do no harm."""
        (self._harm / "cured").touch()

    def tasks_of(self, chunk_id: int) -> list[tuple[str, str]]:
        """The tasks that worked on a chunk, in the order of their beginning: (name, id)."""
        lines = (line.split() for line in (self._harm / "tasks").read_text().splitlines())
        return [(name, task_id) for name, task_id, first in lines if first == str(chunk_id)]


Start = Callable[..., Product]

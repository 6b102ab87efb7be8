"""A whole product on a data directory of its own, started the way a user starts it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2

from benchmarks.processor_time import Spent, processor_seconds
from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, POSTGRES_PORT, DataDirectory

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 90.0
IDLE_SECONDS = 120.0
#: What the shell has set for another installation must not reach this one.
_NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "TIDEMARK_DATA_DIR", "SECRET_KEY")

#: The tables that events fill; a measurement starts with all of them empty.
_TABLES = (
    "inbox, chunks, events, dedupe_keys, duplicate_events, failed_events, unsupported_events, unsupported_types, "
    "event_tallies, operations, idempotent_responses, watch_time_pairs, watch_time_movies, watch_time_users, "
    "notifications, notification_users"
)


class Product:
    """`manage.py up`; a context manager that stops it and removes its data.

    Args:
        environment: settings of the product for this measurement.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.directory = DataDirectory(tempfile.mkdtemp(prefix="tidemark-bench-"))
        self.port = free_port()
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.environment = inherited | {
            # The product's own settings, and one more route for the reference "empty view".
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            **(environment or {}),
        }
        self.log = self.directory.path / "up.log"
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), "--data-dir", str(self.directory.path)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def __enter__(self) -> Product:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        """Waits for `/readyz` and for the workers; raises RuntimeError with the log's end when they do not come."""
        deadline = time.monotonic() + READY_SECONDS
        while not (self._get_status("/readyz") == 200 and b"is ready" in self.log.read_bytes()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The product did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    @contextmanager
    def connect(self, *, autocommit: bool = True) -> Iterator[Any]:
        """A connection to its database; it is closed at the end."""
        connection = psycopg2.connect(
            host=str(self.directory.sockets), port=POSTGRES_PORT, user=DATABASE_USER, dbname=DATABASE_NAME
        )
        connection.autocommit = autocommit
        with closing(connection):
            yield connection

    def empty(self) -> None:
        """Waits until it is idle, and forgets every event; each measurement starts from the same state."""
        self.wait_until_idle()
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {_TABLES} RESTART IDENTITY")
            cursor.execute("CHECKPOINT")

    def wait_until_idle(self) -> None:
        """Waits until every accepted event is through; raises RuntimeError after two minutes without progress."""
        with self.connect() as connection, connection.cursor() as cursor:
            before, since = None, time.monotonic()
            while (backlog := backlog_of(cursor)) > 0:
                if backlog != before:
                    before, since = backlog, time.monotonic()
                if time.monotonic() - since > IDLE_SECONDS:
                    raise RuntimeError(f"{backlog} events do not get through; see {self.log}.")
                time.sleep(0.05)

    def manage(self, *arguments: str) -> str:
        """What a management command on its data prints; raises CalledProcessError if it fails."""
        command = [sys.executable, "manage.py", *arguments]
        environment = self.environment | {"TIDEMARK_DATA_DIR": str(self.directory.path)}
        return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def processor_seconds(self) -> Spent:
        """Seconds of processor that each of its parts has used so far."""
        return processor_seconds(self.process.pid)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(90)
        shutil.rmtree(self.directory.path, ignore_errors=True)

    def _get_status(self, path: str) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()


def backlog_of(cursor: Any) -> int:
    """Accepted events that are not through."""
    cursor.execute("SELECT (SELECT count(*) FROM inbox) + (SELECT coalesce(sum(size), 0) FROM chunks WHERE is_pending)")
    return int(cursor.fetchone()[0])


def processed_of(cursor: Any) -> int:
    """Events whose totals can be read: counted in the transaction that writes the totals."""
    cursor.execute("SELECT coalesce(sum(processed), 0) FROM event_tallies")
    return int(cursor.fetchone()[0])


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Using the embedded servers: hold the in-use lock, and start a host unless one is running."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import IO

from config.local.embedded import postgres, valkey
from config.local.embedded.data_directory import DataDirectory
from config.local.exceptions import CannotStartError
from config.local.supervision import locks, logs
from config.local.supervision.child import Child
from config.local.supervision.leftovers import mark_of
from config.local.supervision.program import Program

IS_READY = {postgres.POSTGRES: postgres.is_ready, valkey.VALKEY: valkey.is_ready}
START_SECONDS = 90.0
STOP_SECONDS = 60.0
TICK = 0.02
FAILED = 1
"""The exit code of a host that has said why."""


def needed_servers() -> list[str]:
    """The servers that the environment names no address for."""
    names = {postgres.POSTGRES: "DATABASE_URL", valkey.VALKEY: "REDIS_URL"}
    return [server for server, variable in names.items() if not os.environ.get(variable)]


class EmbeddedServers:
    """The servers of a data directory, as one process uses them: from `start` to `stop` or its own end.

    `names` may be empty; then there is nothing to start and nothing to wait for.
    """

    def __init__(self, directory: DataDirectory, names: Sequence[str]) -> None:
        self._directory = directory
        self._names = list(names)
        self._in_use: IO[str] | None = None
        self._host: Child | None = None
        self._failure = ""

    def check(self) -> None:
        """Raise CannotStartError for what can be known beforehand: permissions, version, programs."""
        self._directory.create()
        if postgres.POSTGRES in self._names:
            postgres.check(self._directory)

    def start(self) -> None:
        """Take the lock and start a host unless there is one; does not wait for it to be ready.

        Waits while an earlier host is stopping, since it lets nobody in any more.
        """
        if not self._names:
            return
        self.check()
        self._in_use = locks.take(self._directory.in_use_lock, shared=True, wait=True)
        self.keep_hosted()

    def keep_hosted(self) -> None:
        """Start a host unless one is running; it outlives this process when somebody else needs the servers."""
        if self._in_use is None or (self._host is not None and self._host.is_running):
            return
        if self._host is not None and self._host.exit_code() == FAILED:
            self._failure = logs.last_line(self._directory.host_log)
            return
        mark = mark_of("host", self._directory.path)
        content = " ".join(self._names)
        lock = locks.take_for_supervisor(self._directory.host_lock, content, mark=mark, stop_signal=signal.SIGINT)
        if lock is None:
            return
        arguments = [str(lock.fileno()), str(self._directory.path), *self._names]
        command = [sys.executable, "-m", f"{__package__}.host", *arguments]
        log = self._directory.host_log
        with lock:  # the host inherits it, so that there is no moment without
            program = Program("host", command, death_signal=None, inherits=[lock.fileno()], log=log)
            self._host = Child(program, os.environ | mark)
            self._host.start()

    def are_ready(self) -> bool:
        """Whether the servers take connections; raises CannotStartError when they will not."""
        if not self._names:
            return True
        if self._failure:
            raise CannotStartError(self._failure)
        if not locks.is_taken(self._directory.host_lock):
            return False
        hosted = self._directory.host_lock.read_text().split()
        if hosted and (missing := [name for name in self._names if name not in hosted]):
            raise CannotStartError(
                f"The servers of {self._directory.path} are already in use, without {' and '.join(missing)}: "
                "stop what uses them, or name another data directory."
            )
        return all(IS_READY[name](self._directory) for name in self._names)

    def wait_until_ready(self) -> None:
        """Wait until the servers take connections; raises CannotStartError when they cannot be started."""
        deadline = time.monotonic() + START_SECONDS
        while not self.are_ready():
            if time.monotonic() > deadline:
                raise CannotStartError(f"The servers of {self._directory.path} did not start; see host.log there.")
            self.keep_hosted()
            time.sleep(TICK)

    def stop(self) -> None:
        """Use them no more; waits until the host has stopped them, unless somebody else uses them."""
        if self._in_use is None:
            return
        self._in_use.close()
        self._in_use = None
        deadline = time.monotonic() + STOP_SECONDS
        while self._is_hosted() and time.monotonic() < deadline:
            if (alone := locks.take(self._directory.in_use_lock)) is not None:
                alone.close()  # nobody uses them, which the host will notice in a moment
            elif not locks.is_taken(self._directory.in_use_lock):
                return  # others share the lock
            time.sleep(TICK)

    def _is_hosted(self) -> bool:
        return locks.is_taken(self._directory.host_lock) or (self._host is not None and self._host.is_running)

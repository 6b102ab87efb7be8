"""The host: the process that runs the embedded servers of a data directory while anybody uses them.

Users hold `in-use.lock` shared; the host tries to lock it exclusively, and when that succeeds nobody is left.
Locks are the kernel's, so a user that is killed counts as gone at once.
"""

import json
import logging
import os
import signal
import time
from collections.abc import Sequence
from types import FrameType
from typing import IO

from config.embedded import locks
from config.embedded.data_directory import DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.server import Server
from config.embedded.supervised import SupervisedServer

START_SECONDS = 60.0
STARTING_TICK = 0.02
TICK = 0.2

log = logging.getLogger(__name__)


class Host:
    """Runs `servers` until nobody uses `directory` any more, or until it is told to stop."""

    def __init__(self, directory: DataDirectory, servers: Sequence[Server]) -> None:
        self._directory = directory
        self._servers = [SupervisedServer(server) for server in servers]
        self._told_to_stop = False

    def run(self) -> int:
        """The process' exit code: 0, or 1 when the servers could not be started."""
        host_lock = _take_patiently(self._directory)
        if host_lock is None:
            return 0  # another host was faster
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        try:
            # Once more: a host that was just stopping may have taken the socket directory away.
            self._directory.create()
            self._tell("starting")
            self._start()
            self._tell("ready")
            in_use_lock = self._watch()
        except EmbeddedServersError as error:
            log.error("%s", error)
            self._stop_servers()
            self._tell("failed", str(error))
            return 1
        self._tell("stopping")
        self._stop_servers()
        self._directory.host_state.unlink(missing_ok=True)
        self._directory.remove_short_sockets()
        # In this order: a user that was waiting for the second lock finds the first one free.
        host_lock.close()
        if in_use_lock is not None:
            in_use_lock.close()
        return 0

    def _start(self) -> None:
        for server in self._servers:
            server.start()
        deadline = time.monotonic() + START_SECONDS
        while not all(server.has_started() for server in self._servers):
            if time.monotonic() > deadline:
                waiting = ", ".join(server.name for server in self._servers if not server.has_started())
                raise EmbeddedServersError(
                    f"{waiting} did not start in {START_SECONDS:.0f} s ({self._directory.path})."
                )
            if self._told_to_stop:
                return
            time.sleep(STARTING_TICK)

    def _watch(self) -> IO[str] | None:
        """Restart what dies; return the exclusive lock that proves that nobody is left, None when told to stop."""
        while not self._told_to_stop:
            in_use_lock = locks.take(self._directory.in_use_lock)
            if in_use_lock is not None:
                return in_use_lock
            for server in self._servers:
                server.restart_if_dead()
            time.sleep(TICK)
        return None

    def _stop_servers(self) -> None:
        for server in self._servers:
            server.ask_to_stop()
        for server in self._servers:
            server.wait_until_stopped()

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _tell(self, state: str, message: str = "") -> None:
        """Publish the state; readers see the old or the new file, never half of one."""
        servers = [server.name for server in self._servers]
        content = {"pid": os.getpid(), "state": state, "message": message, "servers": servers}
        draft = self._directory.host_state.with_suffix(".new")
        draft.write_text(json.dumps(content))
        draft.replace(self._directory.host_state)


def _take_patiently(directory: DataDirectory) -> IO[str] | None:
    """The host lock, or None when another host has it. Whoever merely looks at it holds it for an instant."""
    deadline = time.monotonic() + 1.0
    while (lock := locks.take(directory.host_lock)) is None and time.monotonic() < deadline:
        time.sleep(STARTING_TICK)
    return lock

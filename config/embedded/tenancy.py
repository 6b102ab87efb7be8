"""Using the embedded servers: hold the in-use lock, and see to it that a host is running."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from config.embedded import locks
from config.embedded.data_directory import DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.postgres import Postgres, check_version
from config.embedded.privileges import launcher, server_account
from config.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 60.0
"""How long servers that are being stopped may take before a newcomer gives up on them."""

START_SECONDS = 90.0
TICK = 0.02


def needed_servers() -> list[str]:
    """The servers that the environment names no address for."""
    names = {Postgres.name: "DATABASE_URL", Valkey.name: "REDIS_URL"}
    return [server for server, variable in names.items() if not os.environ.get(variable)]


class Tenancy:
    """One process' claim on the servers of a data directory; it lasts until `release` or the process' end."""

    def __init__(self, directory: DataDirectory, servers: Sequence[str]) -> None:
        self._directory = directory
        self._servers = list(servers)
        self._in_use: IO[str] | None = None
        self._spawned: subprocess.Popen[bytes] | None = None

    def check(self) -> None:
        """Raise EmbeddedServersError for what can be known beforehand: permissions, version, programs."""
        self._directory.create()
        if self._servers:
            check_version(self._directory)
            launcher(server_account(self._directory.postgres), on_host_death=Postgres.stop_signal)

    def claim(self) -> None:
        """Take the lock and start a host unless there is one; does not wait for it to be ready.

        Waits while an earlier host is stopping, since it lets nobody in any more.
        """
        self.check()
        deadline = time.monotonic() + STOP_SECONDS
        while (in_use := locks.take(self._directory.in_use_lock, shared=True)) is None:
            if time.monotonic() > deadline:
                raise EmbeddedServersError(f"The servers of {self._directory.path} have been stopping for a minute.")
            time.sleep(TICK)
        self._in_use = in_use
        self.keep_hosted()

    def keep_hosted(self) -> None:
        """Start a host unless one is running."""
        if self._spawned is not None and self._spawned.poll() is None:
            return
        if not locks.is_taken(self._directory.host_lock):
            self._spawned = self._spawn()

    def wait_until_ready(self) -> None:
        """Wait until the servers take connections; raises EmbeddedServersError when they cannot be started."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise EmbeddedServersError(f"The servers of {self._directory.path} did not start; see host.log there.")
            if self._spawned is not None and self._spawned.poll():
                raise EmbeddedServersError(self._state().get("message") or f"see {self._directory.path / 'host.log'}")
            self.keep_hosted()
            time.sleep(TICK)

    def release(self) -> None:
        """Give up the claim; the host stops the servers if nobody else has one."""
        if self._in_use is not None:
            self._in_use.close()
            self._in_use = None

    def wait_until_stopped(self) -> None:
        """After `release`: wait for the host to end, unless somebody else keeps it."""
        deadline = time.monotonic() + STOP_SECONDS
        while locks.is_taken(self._directory.host_lock) and time.monotonic() < deadline:
            if not locks.is_taken(self._directory.in_use_lock) and self._is_used_by_others():
                return
            time.sleep(TICK)
        if self._spawned is not None and not locks.is_taken(self._directory.host_lock):
            self._spawned.wait()

    def _is_used_by_others(self) -> bool:
        """Whether somebody holds the lock shared: it can be shared with them, yet not be had alone."""
        alone = locks.take(self._directory.in_use_lock)
        if alone is None:
            return not locks.is_taken(self._directory.in_use_lock)
        alone.close()
        return False

    def _is_ready(self) -> bool:
        state = self._state()
        if state.get("state") != "ready" or not locks.is_taken(self._directory.host_lock):
            return False
        if not _is_alive(state["pid"]):
            return False  # a host that was killed said so, and its successor has not spoken yet
        missing = [name for name in self._servers if name not in state["servers"]]
        if missing:
            raise EmbeddedServersError(
                f"The servers of {self._directory.path} are already in use, without {' and '.join(missing)}: "
                "stop what uses them, or name another data directory."
            )
        return True

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self._directory.host_state.read_text())
        except (OSError, ValueError):
            return {}
        return state

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Start a host in a session of its own: it outlives this process when somebody else needs the servers."""
        with (self._directory.path / "host.log").open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - the command is ours
                [sys.executable, "-m", "config.embedded", "--data-dir", str(self._directory.path), *self._servers],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

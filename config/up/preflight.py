"""What is checked before anything is started."""

import contextlib
import os
import socket
import time
from pathlib import Path
from typing import IO

from config.embedded import locks
from config.up.exceptions import CannotStartError
from config.up.leftovers import kill_leftovers

CLEARING_SECONDS = 15.0
"""How long the guardian of a killed `up` may take to clear away its processes."""

DOUBT_SECONDS = 1.5
"""A killed `up` that its parent has not taken note of looks alive; its lock is free after this time all the same."""


def take_up_lock(path: Path) -> IO[str]:
    """The lock that one `up` per data directory holds; raises CannotStartError when another one runs."""
    since = time.monotonic()
    while (lock := locks.take(path)) is None:
        pid = path.read_text().strip()
        if time.monotonic() - since > (DOUBT_SECONDS if is_alive(pid) else CLEARING_SECONDS):
            raise CannotStartError(
                f"`manage.py up` is already running on {path.parent} (process {pid or 'unknown'}): "
                "stop it, or name another data directory with --data-dir."
            )
        time.sleep(0.05)  # it may have been killed, and its guardian be clearing away what it started
    if path.read_text().strip():  # a clean stop empties it
        kill_leftovers(path.parent)
        lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_port(host: str, port: int) -> None:
    """Raise CannotStartError unless the web server will be able to listen there."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = addresses[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotStartError(
            f"The web server cannot listen on {host}:{port} ({error.strerror}): name another --host or --port."
        ) from None


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_alive(pid: str) -> bool:
    """Whether a process has this id; one that is dead and not taken note of counts."""
    with contextlib.suppress(ValueError, ProcessLookupError):
        with contextlib.suppress(PermissionError):
            os.kill(int(pid), 0)
        return True
    return False

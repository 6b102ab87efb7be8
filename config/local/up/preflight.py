"""What is checked before anything is started."""

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from config.local.embedded.data_directory import DataDirectory
from config.local.exceptions import CannotStartError
from config.local.supervision import locks


@contextmanager
def up_lock(directory: DataDirectory, mark: dict[str, str]) -> Iterator[None]:
    """Holds the lock that one `up` per data directory has; raises CannotStartError when another one runs."""
    lock = locks.take_for_supervisor(directory.up_lock, str(os.getpid()), mark=mark)
    if lock is None:
        raise CannotStartError(
            f"`manage.py up` is already running on {directory.path} (process {directory.up_lock.read_text()}): "
            "stop it, or name another data directory with --data-dir."
        )
    with lock:
        try:
            yield
        finally:
            lock.truncate(0)  # says to the next one that there is nothing to clear away


def check_settings() -> None:
    """End the program with a line when a variable is wrong or the database is away."""
    from config import settings  # read only now, when the data directory is known

    gc.enable()
    if not settings.EMBEDDED_DATABASE:
        from config.postgresql.unreachable import check_connection

        check_connection(settings.DATABASES["default"])


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

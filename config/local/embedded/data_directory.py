"""The data directory: where embedded servers keep their files, and the addresses that follow from it."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

from config.local.exceptions import CannotStartError

DATABASE_NAME = "tidemark"
DATABASE_USER = "postgres"
POSTGRES_PORT = 5432
"""Nobody listens on it: PostgreSQL names its socket file after it."""

MAX_SOCKET_PATH = 103
"""Bytes a Unix socket's path may have: 103 on macOS, 107 on Linux."""

# Fixed and not tempfile.gettempdir(): every process of the installation must come to the same path,
# whatever its TMPDIR, and TMPDIR itself may be too long. The directory is checked before use.
SHORT_ROOT = Path("/tmp")  # noqa: S108


class DataDirectory:
    """A data directory and what is in it; a relative path counts from the current directory."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().resolve()
        self.postgres = self.path / "postgres"
        self.in_use_lock = self.path / "in-use.lock"
        """Locked shared by every process that uses the servers."""
        self.host_lock = self.path / "host.lock"
        """Locked by the one host that runs the servers, whose names are in it."""
        self.host_log = self.path / "host.log"
        self.up_lock = self.path / "up.lock"
        """Locked by `manage.py up`, whose process id is in it."""
        self.sockets = _short_enough(self.path)
        """Where the servers listen: in the data directory, or in a short path when that is too long."""
        self.postgres_socket = self.sockets / f".s.PGSQL.{POSTGRES_PORT}"
        self.valkey_socket = self.sockets / "valkey.sock"
        self.redis_url = f"unix://{self.valkey_socket}?db=0"

    def create(self) -> None:
        """Make the directories, for their owner alone.

        Raises CannotStartError when they cannot be made, are not writable or are somebody else's.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError
            if self.path.stat().st_uid == os.geteuid():
                self.path.chmod(0o700)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            trouble = (
                f"No permission to write to the data directory {self.path}"
                if isinstance(error, PermissionError)
                else f"The data directory {self.path} cannot be made ({error.strerror})"
            )
            raise CannotStartError(f"{trouble}: name another one with --data-dir or TIDEMARK_DATA_DIR.") from error
        # A directory of a guessable name may have been put there by somebody else.
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise CannotStartError(
                f"The socket directory {self.sockets} is not this user's alone (mode 0700): remove it and start again."
            )

    def remove_short_sockets(self) -> None:
        """Leave nothing behind outside the data directory."""
        if not self.sockets.is_relative_to(self.path):
            shutil.rmtree(self.sockets, ignore_errors=True)


def listens(path: Path) -> bool:
    """Whether a server accepts connections on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(str(path)) == 0


def _short_enough(path: Path) -> Path:
    if len(os.fsencode(path / "run" / f".s.PGSQL.{POSTGRES_PORT}")) <= MAX_SOCKET_PATH:
        return path / "run"
    return SHORT_ROOT / f"tidemark-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"

"""The data directory: where embedded servers keep their files, and the addresses that follow from it."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from config.embedded.exceptions import EmbeddedServersError

DATABASE_NAME = "tidemark"
DATABASE_USER = "postgres"
POSTGRES_PORT = 5432
"""Nobody listens on it: PostgreSQL names its socket file after it."""

MAX_SOCKET_PATH = 103
"""Bytes a Unix socket's path may have: 103 on macOS, 107 on Linux."""

# Fixed and not tempfile.gettempdir(): every process of the installation must come to the same path,
# whatever its TMPDIR, and TMPDIR itself may be too long. The directory is checked before use.
SHORT_ROOT = Path("/tmp")  # noqa: S108


@dataclass(frozen=True)
class DataDirectory:
    """A data directory by its absolute path."""

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> "DataDirectory":
        """The data directory at `path`; a relative one counts from the current directory."""
        return cls(Path(path).expanduser().resolve())

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.path / "postgres"

    @property
    def in_use_lock(self) -> Path:
        """Locked shared by every process that uses the servers."""
        return self.path / "in-use.lock"

    @property
    def host_lock(self) -> Path:
        """Locked by the one host that runs the servers."""
        return self.path / "host.lock"

    @property
    def host_state(self) -> Path:
        """What the host says about itself, as JSON."""
        return self.path / "host.json"

    @property
    def up_lock(self) -> Path:
        """Locked by `manage.py up` and its guardian."""
        return self.path / "up.lock"

    @property
    def sockets(self) -> Path:
        """Where the servers listen: in the data directory, or in a short path when that is too long."""
        inside = self.path / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{POSTGRES_PORT}")) <= MAX_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return SHORT_ROOT / f"tidemark-{digest}"

    @property
    def postgres_socket(self) -> Path:
        """PostgreSQL's socket file."""
        return self.sockets / f".s.PGSQL.{POSTGRES_PORT}"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket file."""
        return self.sockets / "valkey.sock"

    @property
    def redis_url(self) -> str:
        """The address of the embedded Valkey, as redis-py takes it."""
        return f"unix://{self.valkey_socket}?db=0"

    def create(self) -> None:
        """Make the directories, for their owner alone.

        Raises EmbeddedServersError when they cannot be made, are not writable or are somebody else's.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError
            if self.path.stat().st_uid == os.geteuid():
                self.path.chmod(0o700)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
        except PermissionError:
            raise EmbeddedServersError(
                f"No permission to write to the data directory {self.path}: "
                "name another one with --data-dir or TIDEMARK_DATA_DIR."
            ) from None
        except OSError as error:
            raise EmbeddedServersError(
                f"The data directory {self.path} cannot be made ({error.strerror}): "
                "name another one with --data-dir or TIDEMARK_DATA_DIR."
            ) from error
        self._check_sockets()

    def remove_short_sockets(self) -> None:
        """Leave nothing behind outside the data directory."""
        if not self.sockets.is_relative_to(self.path):
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _check_sockets(self) -> None:
        """A directory of a guessable name may have been put there by somebody else."""
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise EmbeddedServersError(
                f"The socket directory {self.sockets} is not this user's alone (mode 0700): remove it and start again."
            )

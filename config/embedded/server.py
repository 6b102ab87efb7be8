"""What the host needs to know of a server."""

import shutil
import signal
from pathlib import Path
from typing import Protocol

MAX_LOG_BYTES = 10 * 1024 * 1024


class Server(Protocol):
    """A server program that the host starts, watches and stops."""

    name: str
    log: Path
    stop_signal: signal.Signals
    """Stops it cleanly."""
    stop_seconds: float
    """How long a clean stop may take before it is killed."""

    def prepare(self) -> None:
        """Make what the first start needs and clear up what an earlier run left behind."""

    def command(self) -> list[str]:
        """The command line, without a shell."""
        ...

    def is_ready(self, pid: int) -> bool:
        """Whether it, started as process `pid`, serves clients."""
        ...

    def complaint(self) -> str:
        """Why it stopped, in the words of its log."""
        ...


def start_new_log(log: Path) -> None:
    """Keep a log from growing for ever: one old generation is kept."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        shutil.move(log, log.with_suffix(".log.1"))


def last_line(log: Path, *, containing: str = "") -> str:
    """The last line of a log that contains a text, for a message of one line."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line for line in reversed(lines) if containing in line), f"see {log}")

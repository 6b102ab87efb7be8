"""File locks (flock): held by an open file, so the kernel releases them however a process ends."""

import fcntl
import signal
from pathlib import Path
from typing import IO

from config.local.supervision.leftovers import stop_leftovers


def take(path: Path, *, shared: bool = False, wait: bool = False) -> IO[str] | None:
    """The locked, open file at `path`, or None when somebody else holds a lock in its way, unless told to wait.

    The lock lasts until the file is closed.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        file.close()
        return None
    return file


def is_taken(path: Path) -> bool:
    """Whether somebody holds `path` exclusively at this moment."""
    file = take(path, shared=True)
    if file is not None:
        file.close()
    return file is None


def take_for_supervisor(
    path: Path, content: str, *, mark: dict[str, str], stop_signal: signal.Signals = signal.SIGKILL
) -> IO[str] | None:
    """The lock of the one supervisor whose programs have that mark; None when another one runs.

    It writes `content` into the file, and empties it when it has stopped everything. Where that was not done, the last
    one was killed, and what it left behind is stopped first.
    """
    lock = take(path)
    if lock is not None:
        if path.read_text():
            stop_leftovers(mark, stop_signal)
        lock.truncate(0)
        lock.write(content)
        lock.flush()
    return lock

"""File locks (flock): held by an open file, so the kernel releases them however a process ends."""

import fcntl
from pathlib import Path
from typing import IO


def take(path: Path, *, shared: bool = False) -> IO[str] | None:
    """The locked, open file at `path`, or None when somebody else holds a lock in its way.

    The lock lasts until the file is closed.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def is_taken(path: Path) -> bool:
    """Whether somebody holds `path` exclusively at this moment."""
    if not path.exists():
        return False
    file = take(path, shared=True)
    if file is None:
        return True
    file.close()
    return False

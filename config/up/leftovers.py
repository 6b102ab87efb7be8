"""Processes of an `up` that was killed together with its guardian, or while the guardian was being replaced."""

import contextlib
from pathlib import Path

MARK = "TIDEMARK_UP"
"""An environment variable that every child of `up` has: the data directory. Nothing reads it but this module."""

GONE_SECONDS = 5.0


def kill_leftovers(data_directory: Path) -> None:
    """Kill what earlier `up`s of this data directory left running. To be called while holding the lock of `up`."""
    import psutil  # needed after a kill only, and would cost every start some megabytes

    killed = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == str(data_directory):
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=GONE_SECONDS)

"""Processes that outlived their supervisor: it was killed, and no death signal reached them."""

import signal
from contextlib import suppress
from pathlib import Path

MARK = "TIDEMARK_STARTED_BY"
"""An environment variable of every program that is started here; nothing reads it but this module."""

GRACE_SECONDS = 15.0


def mark_of(supervisor: str, data_directory: Path) -> dict[str, str]:
    """What the environment of a supervisor's programs contains."""
    return {MARK: f"{supervisor} {data_directory}"}


def stop_leftovers(mark: dict[str, str], stop_signal: signal.Signals) -> None:
    """Stop what has this mark, and kill what does not stop."""
    import psutil  # needed after a kill only, and would cost every start some megabytes

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark[MARK]:
                process.send_signal(stop_signal)
                found.append(process)
    for process in psutil.wait_procs(found, GRACE_SECONDS)[1]:
        with suppress(psutil.Error):
            process.kill()
            process.wait(GRACE_SECONDS)

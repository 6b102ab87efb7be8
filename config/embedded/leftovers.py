"""Servers that outlived their host, which was killed where no death signal reached them."""

import signal
from pathlib import Path

STOP_SECONDS = 15.0


def stop_leftover_postgres(data: Path) -> None:
    """Stop a postmaster that still runs on `data`.

    The pid file alone does not prove that it does: after a crash or a reboot the number may belong to anybody,
    so the process must be a postgres whose working directory is `data`.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    import psutil  # it is rarely needed and would cost every host some megabytes

    try:
        postmaster = psutil.Process(pid)
        if not postmaster.name().startswith("postgres") or Path(postmaster.cwd()).resolve() != data.resolve():
            return
        postmaster.send_signal(signal.SIGINT)
        try:
            postmaster.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            postmaster.send_signal(signal.SIGQUIT)
            postmaster.wait(STOP_SECONDS)
    except psutil.Error:
        return


"""The host: the process that runs the embedded servers of a data directory while anybody uses them.

Users hold `in-use.lock` shared; the host tries to lock it exclusively, and when that succeeds nobody is left.
Locks are the kernel's, so a user that is killed counts as gone at once.
"""

import logging
import os
import sys
from collections.abc import Sequence
from typing import IO

from config.local.embedded.data_directory import DataDirectory
from config.local.embedded.postgres import POSTGRES, postgres
from config.local.embedded.valkey import VALKEY, valkey
from config.local.exceptions import CannotStartError
from config.local.supervision import locks, logs
from config.local.supervision.supervisor import Supervisor

PROGRAMS = {POSTGRES: postgres, VALKEY: valkey}
MOST_DEATHS = 8
"""In a row, 20 s with their pauses: processes of a killed PostgreSQL may keep its shared memory for a while."""

TICK = 0.2
log = logging.getLogger(__name__)


def host(host_lock: IO[str], directory: DataDirectory, names: Sequence[str]) -> None:
    """Run these servers, with the lock that whoever starts a host takes; raises CannotStartError."""
    with host_lock:
        try:
            in_use_lock = _serve(directory, names)
        finally:
            directory.remove_short_sockets()
            host_lock.truncate(0)
    # Only now: a user that was waiting for the second lock finds the first one free.
    if in_use_lock is not None:
        in_use_lock.close()


def _serve(directory: DataDirectory, names: Sequence[str]) -> IO[str] | None:
    """Keep them running; the exclusive lock that proves that nobody is left, None when told to stop."""
    # Once more: a host that was just stopping may have taken the socket directory away.
    directory.create()
    programs = [PROGRAMS[name](directory) for name in names]
    supervisor = Supervisor(programs, os.environ, lambda *words: log.warning("%s %s", *words))
    try:
        while not supervisor.stop_requests:
            supervisor.look_after()
            if dying := [child.program for child in supervisor.children if child.deaths >= MOST_DEATHS]:
                reason = logs.last_line(dying[0].log, dying[0].complaint)
                raise CannotStartError(f"{dying[0].name} does not start: {reason}")
            if (in_use_lock := locks.take(directory.in_use_lock)) is not None:
                return in_use_lock
            supervisor.sleep(TICK)
        return None
    finally:
        supervisor.stop()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(message)s")
    descriptor, path, *server_names = sys.argv[1:]
    try:
        host(os.fdopen(int(descriptor), "a"), DataDirectory(path), server_names)
    except (CannotStartError, OSError) as error:
        sys.exit(str(error))  # the last line of its log is the reason

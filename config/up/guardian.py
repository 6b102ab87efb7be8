"""Kills what `up` leaves behind when it is itself killed.

Runs as a script of its own, in a session of its own. `up` holds the other end of standard input and writes
`+group` and `-group` as process groups come and go; when the pipe ends, the groups that are left are killed.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Keep the list until the pipe ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()

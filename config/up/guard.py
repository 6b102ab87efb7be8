"""`up`'s side of the guardian."""

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

SCRIPT = Path(__file__).with_name("guardian.py")


class Guard:
    """Tells the guardian of process groups, and starts another guardian should it die."""

    def __init__(self, lock_descriptor: int) -> None:
        """The guardian shares the lock of `up`: the next `up` waits until it has cleared away this one's processes."""
        self._lock_descriptor = lock_descriptor
        self._groups: set[int] = set()
        self._lock = threading.Lock()  # the announcement starts the demonstration from a thread of its own
        self._process = self._start()

    def watch(self, group: int) -> None:
        """Have `group` killed when this process ends."""
        with self._lock:
            self._groups.add(group)
            self._write(f"+{group}\n")

    def forget(self, group: int) -> None:
        """The group is gone."""
        with self._lock:
            self._groups.discard(group)
            self._write(f"-{group}\n")

    def keep(self) -> None:
        """Replace a guardian that died."""
        with self._lock:
            if self._process.poll() is not None:
                self._process = self._start()
                for group in self._groups:
                    self._write(f"+{group}\n")

    def close(self) -> None:
        """End the guardian; groups that were not forgotten are killed."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        # Without site packages: it starts in a few milliseconds and takes little memory.
        return subprocess.Popen(  # noqa: S603 - the command is ours
            [sys.executable, "-I", "-S", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            pass_fds=[self._lock_descriptor],
        )

    def _write(self, line: str) -> None:
        if self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # `keep` tells its successor
            self._process.stdin.write(line)
            self._process.stdin.flush()

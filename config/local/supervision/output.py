"""What programs print: the event log goes to standard output as it is, the rest to standard error behind a name."""

import os
import select
import sys
import threading
from typing import IO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
"""Foreground colours of ANSI terminals, one for each program in turn."""

READ_BYTES = 256 * 1024
LAST_LINES_SECONDS = 1.0
STDOUT, STDERR = 1, 2


class Output:
    """Reads each pipe in a thread of its own, and writes whole lines."""

    def __init__(self) -> None:
        self._colours: dict[str, int] = {}
        self._threads: list[threading.Thread] = []
        self._writing = threading.Lock()

    def pass_on(self, pipe: IO[bytes] | None, name: str, *, may_log_events: bool) -> None:
        """Take over a child's pipe, if there is one; it is closed when the child is done with it."""
        if pipe is None:
            return
        arguments = (pipe, self._prefix(name), may_log_events)
        thread = threading.Thread(target=self._read, args=arguments, name=f"output of {name}", daemon=True)
        thread.start()
        self._threads = [thread, *(other for other in self._threads if other.is_alive())]

    def say(self, name: str, message: str) -> None:
        """A line of the supervisor's own."""
        self._print([message.encode()], self._prefix(name), may_log_events=False)

    def finish(self) -> None:
        """Wait until the last lines of programs that have ended are printed."""
        for thread in self._threads:
            thread.join(LAST_LINES_SECONDS)

    def _prefix(self, name: str) -> bytes:
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        label = f"{name:<8}| "
        return (f"\x1b[{colour}m{label}\x1b[0m" if sys.stderr.isatty() else label).encode()

    def _read(self, pipe: IO[bytes], prefix: bytes, may_log_events: bool) -> None:
        rest = b""
        with pipe:
            while data := os.read(pipe.fileno(), READ_BYTES):
                *lines, rest = (rest + data).split(b"\n")
                self._print(lines, prefix, may_log_events=may_log_events)
        self._print([rest], prefix, may_log_events=may_log_events)

    def _print(self, lines: list[bytes], prefix: bytes, *, may_log_events: bool) -> None:
        events, others = [], []
        for line in lines:
            if may_log_events and line.startswith(b"{"):
                events.append(line + b"\n")
            elif line.strip():
                others.append(prefix + line + b"\n")
        with self._writing:
            _write(STDOUT, b"".join(events))
            _write(STDERR, b"".join(others))


def _write(descriptor: int, data: bytes) -> None:
    """Write everything; when the reader has gone there is nobody to tell."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # somebody made the terminal non-blocking
            select.select([], [descriptor], [])
        except OSError:
            return

"""What the children print: the event log goes on to standard output as it is, the rest to standard error with a name."""

import os
import select
import selectors
import sys
import threading
from dataclasses import dataclass, field
from typing import IO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
"""Foreground colours of ANSI terminals, one for each process in turn."""

READ_BYTES = 256 * 1024
STDOUT, STDERR = 1, 2


@dataclass
class _Stream:
    prefix: bytes
    may_log_events: bool
    rest: bytes = b""
    """The beginning of a line whose end has not come yet."""


@dataclass
class Output:
    """Reads every child's output in one thread, so that lines are never mixed."""

    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _colours: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Start the reading thread; it ends with the process."""
        # A pipe of our own keeps the selector from being empty and takes no data.
        self._wake = os.pipe()
        self._selector.register(self._wake[0], selectors.EVENT_READ, None)
        threading.Thread(target=self._read_for_ever, name="output", daemon=True).start()

    def add(self, pipe: IO[bytes], name: str, *, may_log_events: bool) -> None:
        """Take over a child's pipe; it is closed when the child is done with it."""
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, selectors.EVENT_READ, _Stream(self._prefix(name), may_log_events))
        os.write(self._wake[1], b"!")

    def say(self, name: str, message: str) -> None:
        """A line of the supervisor's own."""
        _write(STDERR, self._prefix(name) + message.encode() + b"\n")

    def _prefix(self, name: str) -> bytes:
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        label = f"{name:<8}| "
        return (f"\x1b[{colour}m{label}\x1b[0m" if sys.stderr.isatty() else label).encode()

    def _read_for_ever(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    os.read(self._wake[0], 1024)
                else:
                    self._read(key.fileobj, key.data)  # type: ignore[arg-type] # we registered files only

    def _read(self, pipe: IO[bytes], stream: _Stream) -> None:
        data = os.read(pipe.fileno(), READ_BYTES)
        if not data:
            self._selector.unregister(pipe)
            pipe.close()
            data = b"\n" if stream.rest else b""
        lines = (stream.rest + data).split(b"\n")
        stream.rest = lines.pop()
        events = [line + b"\n" for line in lines if stream.may_log_events and line.startswith(b"{")]
        others = [line for line in lines if not (stream.may_log_events and line.startswith(b"{"))]
        _write(STDOUT, b"".join(events))
        _write(STDERR, b"".join(stream.prefix + line + b"\n" for line in others if line.strip()))


def _write(descriptor: int, data: bytes) -> None:
    """Write everything; when the reader has gone there is nobody to tell."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # somebody made the terminal non-blocking
            select.select([], [descriptor], [])
        except OSError:
            return

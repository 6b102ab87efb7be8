"""The event log: final events on the worker's standard output, one JSON object a line, at least once each."""

from __future__ import annotations

import fcntl
import logging
import os
import select
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from events.conf import conf
from events.records import EventRecord

logger = logging.getLogger(__name__)

STDOUT = 1
#: A write to a pipe is not mixed with others', nor cut off by a kill, up to this length (PIPE_BUF of Linux and macOS
#: is no less than 512; Linux has 4096).
ATOMIC_BYTES = select.PIPE_BUF

# Processes that were forked from one parent share its standard output. A POSIX lock on this file, which has no name,
# gives one of them at a time the word, and is free again when its holder dies; threads of one process share it.
_turn_of_processes = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process lives)
_turn_of_threads = threading.Lock()


def show(records: Sequence[EventRecord], lines: Sequence[bytes]) -> None:
    """Writes the events that EVENT_LOG (`on`, `off` or a list of types) lets through.

    No line is mixed with another process'. A reader that has gone is logged, no more.

    Args:
        lines: the records' final forms.
    """
    wanted = _wanted(records, lines)
    if not wanted:
        return
    try:
        write(wanted)
    except OSError as error:
        logger.warning("The event log could not be written; nobody reads it.", extra={"error": str(error)})


def write(lines: bytes) -> None:
    """Writes whole lines only; raises OSError."""
    with _alone():
        for piece in _pieces(lines):
            _write_all(piece)


def _wanted(records: Sequence[EventRecord], lines: Sequence[bytes]) -> bytes:
    types = conf.EVENT_LOG
    if types in (["on"], ["off"]):
        return b"".join(lines) if types == ["on"] else b""
    return b"".join(line for record, line in zip(records, lines, strict=True) if record.type in types)


@contextmanager
def _alone() -> Iterator[None]:
    with _turn_of_threads:
        fcntl.lockf(_turn_of_processes, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(_turn_of_processes, fcntl.LOCK_UN)


def _pieces(lines: bytes) -> Iterator[bytes]:
    """Whole lines, as many in a piece as are written in one go."""
    start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + ATOMIC_BYTES) + 1 or lines.index(b"\n", start + ATOMIC_BYTES) + 1
        yield lines[start:end]
        start = end


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(STDOUT, data) :]

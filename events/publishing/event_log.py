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

logger = logging.getLogger(__name__)

STDOUT = 1
#: A write to a pipe is not mixed with others', nor cut off by a kill, up to this length (PIPE_BUF of Linux and macOS
#: is no less than 512; Linux has 4096).
ATOMIC_BYTES = select.PIPE_BUF

# Processes that were forked from one parent share its standard output. A POSIX lock on this file, which has no name,
# gives one of them at a time the word, and is free again when its holder dies; threads of one process share it.
_turn_of_processes = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process lives)
_turn_of_threads = threading.Lock()


def wants(type_name: str) -> bool:
    """Whether EVENT_LOG (`on`, `off` or a list of types) lets events of this type through."""
    wanted = conf.EVENT_LOG
    return wanted == ["on"] or (wanted != ["off"] and type_name in wanted)


def write(lines: Sequence[bytes]) -> None:
    """Writes the lines, none of them mixed with other processes'. A reader that has gone is logged, no more."""
    if not lines:
        return
    try:
        with _alone():
            for piece in _pieces(lines):
                _write_all(piece)
    except OSError as error:
        logger.warning("The event log could not be written; nobody reads it.", extra={"error": str(error)})


@contextmanager
def _alone() -> Iterator[None]:
    with _turn_of_threads:
        fcntl.lockf(_turn_of_processes, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(_turn_of_processes, fcntl.LOCK_UN)


def _pieces(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Whole lines, as many in a piece as are written in one go."""
    piece: list[bytes] = []
    length = 0
    for line in lines:
        if piece and length + len(line) + 1 > ATOMIC_BYTES:
            yield b"".join(piece)
            piece, length = [], 0
        piece += (line, b"\n")
        length += len(line) + 1
    yield b"".join(piece)


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(STDOUT, data) :]

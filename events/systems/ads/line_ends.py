"""The ends of the lines of a CSV file. DuckDB wants one kind in a file; files that were glued together have several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 20
_BEFORE_A_QUOTED_CELL = (b",", b"\n", b"\r", b'"')
LF, CRLF = "\n", "\r\n"


def with_one_line_end(path: Path, *, scratch: Path) -> tuple[Path, str]:
    """A file with the content of `path` and one kind of line end, and that line end.

    The file is `path` itself wherever possible, else a copy in the directory `scratch`, its lines the same.
    """
    feeds = returns = both = 0
    for block in _blocks(path):
        feeds += block.count(b"\n")
        returns += block.count(b"\r")
        both += block.count(b"\r\n")
    if not returns:
        return path, LF
    if feeds == returns == both:
        return path, CRLF
    copy = scratch / f"{path.name}.lines"
    with copy.open("wb") as file:
        file.writelines(_with_line_feeds(path))
    return copy, LF


def _with_line_feeds(path: Path) -> Iterator[bytes]:
    """The file's bytes with a line feed for each end of a line outside of quotes."""
    is_quoted, before = False, b"\n"
    for block in _blocks(path):
        for position, part in enumerate(block.split(b'"')):
            if position:
                yield b'"'
                # One amid a cell is an ordinary character; one right after the closing one opens the cell again.
                opens = not is_quoted and before in _BEFORE_A_QUOTED_CELL
                before = b'"' if is_quoted else b""
                is_quoted = opens
            yield part if is_quoted else part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            before = part[-1:] or before


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks that never end between a carriage return and its line feed."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            while block.endswith(b"\r") and (more := file.read(1)):
                block += more
            yield block

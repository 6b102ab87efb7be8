"""Cells of the ad files as they are written.

A cell that a spreadsheet would run as a formula gets an apostrophe in front; a plain number such as -5 does not. The
validator takes one apostrophe away again. An apostrophe that was there before such a beginning gets one more, so that
the validator reads what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Python and DuckDB (RE2) understand it alike: `=`, `+`, `-`, `@` or a control character, after any apostrophes.
RISKY = r"^'*[=+\-@\x00-\x1f\x7f-\x9f]"
#: The whole of a plain number; likewise.
NUMBER = r"[+\-]?[0-9]+([.,][0-9]+)?([eE][+\-]?[0-9]+)?"
_risky = re.compile(RISKY)
_number = re.compile(NUMBER)
_needs_quotes = re.compile(r'[",\r\n]')


def csv_line(cells: Iterable[str]) -> str:
    """One row of a file, neutralised. Python's own writer leaves a lone carriage return without quotes."""
    return ",".join(_quote(neutralise(cell)) for cell in cells) + "\n"


def neutralise(text: str) -> str:
    """The cell's content as it is written into a file."""
    return f"'{text}" if _risky.match(text) and not _number.fullmatch(text) else text


def _quote(text: str) -> str:
    if not _needs_quotes.search(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'

"""The validator's input: CSV files whose first line names the columns, in any order, others among them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from events.systems.ads.columns import COLUMNS
from events.systems.ads.exceptions import AdFileError
from events.systems.ads.line_ends import with_one_line_end

_BLOCK = 1 << 20
#: Bytes that DuckDB reads at once, for each thread: four rows of the largest size. Its own 32 MB lack to the joins.
_READ_AHEAD = 8 << 20


@dataclass(frozen=True)
class InputFile:
    """A file whose columns have been checked.

    Attributes:
        path: as the user named it.
        columns: the names in its first line, in order.
    """

    path: Path
    columns: Sequence[str]

    @classmethod
    def at(cls, path: Path) -> InputFile:
        """The file at `path`; raises AdFileError if it can't be read or lacks a column."""
        if not path.is_file():
            raise AdFileError(f"{path} is no file that can be read twice; name a regular file.")
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                columns = next(csv.reader(file), [])
        except (OSError, csv.Error) as error:
            raise AdFileError(f"{path}: its first line can't be read: {error}. It must name the columns.") from None
        wrong = [name for name in COLUMNS if columns.count(name) != 1]
        if wrong:
            raise AdFileError(
                f"{path}: the first line must name each column once: {', '.join(COLUMNS)}. "
                f"Missing or repeated: {', '.join(wrong)}. It names: {', '.join(columns)[:500] or 'nothing'}."
            )
        return cls(path, columns)

    def make_view(self, connection: duckdb.DuckDBPyConnection, name: str, *, scratch: Path) -> None:
        """Makes the view `name` of its rows, with `line`, their number; a row that can't be read has none.

        Cells are read as they were before they were neutralised. What can't be read ends up in the table
        `<name>_unreadable` as soon as the view is read.
        """
        path, line_end = with_one_line_end(self.path, scratch=scratch)
        # By a name of our own: DuckDB would take an asterisk in a file's name for any characters.
        link = scratch / f"{name}.csv"
        link.symlink_to(path.absolute())
        columns = {name if name in COLUMNS else f"other_{at}": "VARCHAR" for at, name in enumerate(self.columns)}
        cells = ", ".join(f"read_cell({column}) AS {column}" for column in COLUMNS)
        connection.execute(
            f"CREATE TEMP VIEW {name} AS SELECT row_number() OVER () AS line, {cells} "  # noqa: S608 (names of ours)
            f"FROM read_csv({literal(str(link))}, columns = {columns!r}, force_not_null = {list(COLUMNS)!r}, "
            f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', new_line = {line_end!r}, "
            f"buffer_size = {_READ_AHEAD}, "
            f"store_rejects = true, rejects_table = '{name}_unreadable', rejects_scan = '{name}_scans')"
        ).fetchall()


def unreadable_lines(connection: duckdb.DuckDBPyConnection, name: str, *, scratch: Path) -> list[int]:
    """The numbers of the lines, from 1, at which rows start that the view of that name could not read."""
    positions = connection.execute(
        f"SELECT DISTINCT line_byte_position FROM {name}_unreadable ORDER BY ALL"  # noqa: S608 (a name of ours)
    ).fetchall()
    numbers = []
    before, line = 0, 1
    with (scratch / f"{name}.csv").open("rb") as file:
        for (position,) in positions:
            while before < position and (block := file.read(min(_BLOCK, position - before))):
                line += block.count(b"\n")
                before += len(block)
            numbers.append(line)
    return numbers


def literal(text: str) -> str:
    """The text as SQL has it, where a parameter can't stand."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"

"""The validator: which user events follow from a serving event, and what they are worth.

DuckDB does the work, within a memory limit; what does not fit lies in temporary files meanwhile. The rules are in
validation.sql, their reasons in docs/ads.md.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiosql
import duckdb

from events.systems.ads.atomic_files import written_whole
from events.systems.ads.cells import NUMBER, RISKY
from events.systems.ads.columns import COLUMNS
from events.systems.ads.conf import conf
from events.systems.ads.duckdb_progress import Watched
from events.systems.ads.exceptions import AdFileError, ValidatorStarved
from events.systems.ads.input_files import InputFile, literal, unreadable_lines

queries = aiosql.from_path(Path(__file__).with_name("validation.sql"), "duckdb", mandatory_parameters=False)

#: Each thread has buffers of its own: with four, 256 MB did not do for 10 million events.
MOST_THREADS = 2

REASONS = {
    "not_a_user_event": "no eventId, no parentEventId, or an eventType other than impression and click",
    "unreadable_time": "eventTimestamp is neither H:MM, HH:MM nor ISO 8601",
    "unknown_parent": "parentEventId is no serving event",
    "other_user": "the serving event is another user's",
    "times_not_comparable": "the serving event's time is unreadable, or only one of the two has a date",
    "not_after": "not after the serving event",
    "repeated": "not the earliest of its parentEventId and eventType",
}

#: What is being done, and the share of it that is done, from 0 to 1.
OnProgress = Callable[[str, float], None]


def no_progress(what: str, done: float) -> None:
    """For those who do not want to know."""


@dataclass(frozen=True)
class Outcome:
    """What became of the files.

    Attributes:
        valid: user events written.
        dropped: user events that were not, by reason (a key of REASONS); reasons that were not met are left out.
        unreadable: numbers of the lines that could not be read, by file.
    """

    valid: int
    dropped: dict[str, int]
    unreadable: dict[Path, list[int]]


def validate_files(
    *, serving: Path, user: Path, out: Path, rejected: Path | None = None, on_progress: OnProgress = no_progress
) -> Outcome:
    """Writes the valid user events to `out`, and the dropped ones with a column `reason` to `rejected`.

    Both appear complete or not at all.

    Raises:
        AdFileError: a file can't be read or written, or lacks a column.
        ValidatorStarved: memory or room for temporary files is not enough.
    """
    files = {"serving_file": InputFile.at(serving), "user_file": InputFile.at(user)}
    try:
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemark-ads-")))
            steps = [*_JUDGING, *_writing_valid(stack.enter_context(written_whole(out)))]
            if rejected is not None:
                steps += _writing_dropped(stack.enter_context(written_whole(rejected)))
            connection = stack.enter_context(_connect(scratch))
            return _run(connection, files, steps, scratch=scratch, on_progress=on_progress)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise ValidatorStarved(f"{_STARVED} {_first_line(error)}") from None
    except duckdb.InvalidInputException as error:
        raise AdFileError(f"A file is not CSV: {_first_line(error)}") from None
    except OSError as error:
        raise AdFileError(f"A file can't be read or written: {error}.") from None


_STARVED = (
    "The validator needs more memory (raise AD_VALIDATOR_MEMORY_MB), or more room for temporary files in $TMPDIR:"
)
#: What is being done, and the statements that do it.
_Step = tuple[str, str]
_JUDGING: tuple[_Step, ...] = (
    ("reading serving events", queries.read_serving_events.sql),
    ("looking through serving events", queries.keep_earliest_serving_events.sql),
    ("judging user events", queries.judge_user_events.sql),
    ("picking the earliest", queries.pick_winners.sql),
    ("sorting reasons", queries.keep_losers.sql),
    ("sorting reasons", queries.name_unknown_parents.sql),
    ("looking up prices", queries.price_winners.sql),
)
#: The two sides of neutralising (events.systems.ads.cells).
_READ_CELL = f"""CREATE TEMP MACRO read_cell(text) AS
    CASE WHEN text[1] = '''' AND regexp_matches(text, {literal(RISKY)}) THEN text[2:] ELSE text END"""
_WRITE_CELL = f"""CREATE TEMP MACRO write_cell(text) AS
    nullif(
        CASE WHEN regexp_matches(text, {literal(RISKY)}) AND NOT regexp_full_match(text, {literal(NUMBER)})
            THEN '''' || text ELSE text END,
        ''
    )"""


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in (
        f"SET memory_limit = '{conf.AD_VALIDATOR_MEMORY_MB}MB'",
        f"SET threads = {min(MOST_THREADS, os.cpu_count() or 1)}",
        f"SET temp_directory = {literal(str(scratch / 'spilled'))}",
        "SET TimeZone = 'UTC'",
        # It takes a file of any size for one of 42 rows, and would hold that one in memory to join it.
        "SET disabled_optimizers = 'join_order,build_side_probe_side'",
        queries.make_reasons.sql,
        queries.make_time_macros.sql,
        _READ_CELL,
        _WRITE_CELL,
    ):
        connection.execute(statement).fetchall()
    return connection


def _run(
    connection: duckdb.DuckDBPyConnection,
    files: dict[str, InputFile],
    steps: Sequence[_Step],
    *,
    scratch: Path,
    on_progress: OnProgress,
) -> Outcome:
    for name, file in files.items():
        file.make_view(connection, name, scratch=scratch)
    watched = Watched(connection)
    for position, (what, statements) in enumerate(steps):
        done = position / len(steps)
        on_progress(what, done)
        watched.execute(statements, lambda share: on_progress(what, done + share / len(steps)))  # noqa: B023
    on_progress("done", 1.0)
    (valid,) = connection.execute(queries.count_valid.sql).fetchall()[0]
    dropped = dict(connection.execute(queries.count_dropped.sql).fetchall())
    unreadable = {file.path: unreadable_lines(connection, name, scratch=scratch) for name, file in files.items()}
    return Outcome(valid, dropped, {path: lines for path, lines in unreadable.items() if lines})


def _writing_valid(path: Path) -> list[_Step]:
    what = "writing what is valid"
    return [(what, queries.fetch_validated.sql), (what, _copy("validated", COLUMNS, path))]


def _writing_dropped(path: Path) -> list[_Step]:
    what = "writing what was dropped"
    return [(what, queries.fetch_dropped.sql), (what, _copy("rejected", (*COLUMNS, "reason"), path))]


def _copy(table: str, columns: Sequence[str], path: Path) -> str:
    """The statement that writes a table as an ad file, in the order of its lines."""
    cells = ", ".join(f'write_cell("{column}") AS "{column}"' for column in columns)
    return (
        f"COPY (SELECT {cells} FROM {table} ORDER BY line) TO {literal(str(path))} "  # noqa: S608 (names of ours)
        "(FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '', COMMENT ''); "
        f"DROP TABLE {table};"
    )

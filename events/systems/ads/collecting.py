"""Keeping the two ad files of a directory current: each stored event is one line, whatever is killed in between.

PostgreSQL knows how far each file is written. Lines are appended and synced first; then the same transaction commits
how long the files are and which events are no longer missing. A process that dies in between leaves a file that is too
long: the next page cuts the rest off and writes it again.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import transaction

from events.database import Row, execute, fetch_all, fetch_one
from events.systems.ads.cells import csv_line
from events.systems.ads.columns import COLUMNS, SERVING_FILE, SERVING_TYPES, USER_FILE, USER_TYPES
from events.systems.ads.exceptions import AdFileError
from events.systems.ads.models import CollectedDirectory, UncollectedEvent
from events.systems.ads.queries import queries

#: Events written at once.
PAGE_SIZE = 5000
#: Holds the id under which PostgreSQL knows the directory.
ID_FILE = ".collect_ads"
NO_EVENT = uuid.UUID(int=0)


@contextmanager
def opened(directory: Path, *, now: datetime) -> Iterator[uuid.UUID]:
    """The id of a directory, which is collected from now on if it is new. Nobody else writes it meanwhile.

    Raises:
        AdFileError: somebody else writes it; or it holds ad files that are not known here.
        OSError: it can't be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ID_FILE).open("a+") as id_file:
        try:
            fcntl.flock(id_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AdFileError(f"Another collect_ads writes {directory}; stop it, or name another directory.") from None
        id_file.seek(0)
        directory_id = _read_id(id_file.read()) or uuid.uuid4()
        if not CollectedDirectory.objects.filter(id=directory_id).exists():
            for name in (SERVING_FILE, USER_FILE):
                if (directory / name).exists():
                    raise AdFileError(
                        f"{directory / name} was not written for this database; remove it, or name another directory."
                    )
            id_file.truncate(0)
            id_file.write(str(directory_id))
            id_file.flush()
            os.fsync(id_file.fileno())
            _add(directory_id, directory, now=now)
        yield directory_id


def _read_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None  # it was cut off before PostgreSQL knew it


@transaction.atomic
def _add(directory_id: uuid.UUID, directory: Path, *, now: datetime) -> None:
    execute(queries.lock_collected_directories.sql)
    CollectedDirectory.objects.create(id=directory_id, directory=str(directory.resolve()), created_at=now)


@transaction.atomic
def forget(directory_id: uuid.UUID) -> None:
    """Ends collecting for good; the files stay."""
    execute(queries.lock_collected_directories.sql)
    CollectedDirectory.objects.filter(id=directory_id).delete()
    UncollectedEvent.objects.filter(directory_id=directory_id).delete()


@transaction.atomic
def collect(directory_id: uuid.UUID, directory: Path) -> int:
    """Writes the next page of events, first those that were stored before the directory was collected.

    Returns:
        How many events it wrote; 0: the files are current.

    Raises:
        AdFileError: a file is shorter than what was written, or PostgreSQL does not know the directory any more.
        OSError: a file can't be written.
    """
    state = fetch_one(queries.lock_directory.sql, {"id": directory_id})
    if state is None:
        raise AdFileError(f"{directory} is not collected any more; start collect_ads again.")
    exported_until, is_exported, *lengths = state
    rows: list[Row] = []
    changes: dict[str, object] = {}
    if not is_exported:
        rows = _older_events(directory_id, after=exported_until or NO_EVENT)
        changes = {"exported_until": rows[-1][0]} if rows else {"is_exported": True}
    if not rows:
        rows = fetch_all(queries.take_uncollected.sql, {"directory_id": directory_id, "limit": PAGE_SIZE})
    changes["serving_bytes"] = _append(directory / SERVING_FILE, lengths[0], rows, SERVING_TYPES)
    changes["user_bytes"] = _append(directory / USER_FILE, lengths[1], rows, USER_TYPES)
    CollectedDirectory.objects.filter(id=directory_id).update(**changes)
    return len(rows)


def _older_events(directory_id: uuid.UUID, *, after: uuid.UUID) -> list[Row]:
    parameters: Mapping[str, object] = {"directory_id": directory_id, "after": after, "limit": PAGE_SIZE}
    return fetch_all(queries.older_events.sql, {**parameters, "types": [*SERVING_TYPES, *USER_TYPES]})


def _append(path: Path, length: int, rows: Sequence[Row], types: Sequence[str]) -> int:
    """Writes the lines of these types' events behind the first `length` bytes; returns the file's new length."""
    lines = [csv_line(cell or "" for cell in cells) for _, type_name, *cells in rows if type_name in types]
    text = "".join(lines if length else [csv_line(COLUMNS), *lines]).encode()
    if not text:
        return length
    with path.open("ab") as file:
        if file.tell() < length:
            raise AdFileError(
                f"{path} has {file.tell()} bytes, fewer than the {length} that were written; remove the directory's "
                "files to begin anew."
            )
        file.truncate(length)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return length + len(text)

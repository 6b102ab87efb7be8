"""Backups of the embedded PostgreSQL, with PostgreSQL's own programs. Valkey's data are not kept, and not backed up.

A backup is a folder that holds `postgres/`, a cluster that can be started as it is, and the files that belong to it.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from config.local.embedded.data_directory import DATABASE_USER, POSTGRES_PORT, DataDirectory
from config.local.embedded.postgres import MAJOR_VERSION, find_postgresql
from config.local.exceptions import CannotStartError
from config.local.supervision import locks

CLUSTER = "postgres"
MANIFEST = "backup_manifest"
SECRETS = ("secret-key", "admin-password")
"""Files of a data directory that belong to what is in its database."""


def back_up(directory: DataDirectory, target: Path) -> None:
    """Copy the running server's data into the new folder `target`, while it goes on working.

    What was committed before the copy's end is in it. The folder appears when it is complete. Raises CannotStartError.
    """
    if target.exists():
        raise CannotStartError(f"{target} exists already: name a folder that does not.")
    draft = target.with_name(f"{target.name}.incomplete")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    server = ("--host", str(directory.sockets), "--port", str(POSTGRES_PORT), "--username", DATABASE_USER)
    copy = ("--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--progress")
    command = [find_postgresql("pg_basebackup"), *server, *copy, "--pgdata", str(draft / CLUSTER)]
    if (code := subprocess.call(command)) != 0:  # noqa: S603
        raise CannotStartError(f"pg_basebackup failed with exit code {code}; what it printed says why.")
    for name in SECRETS:
        if (directory.path / name).exists():
            shutil.copy2(directory.path / name, draft / name)
    draft.rename(target)


def restore(source: Path, directory: DataDirectory) -> None:
    """Put a backup into a data directory that has no data; raises CannotStartError."""
    cluster = source / CLUSTER
    if not (cluster / MANIFEST).exists():
        raise CannotStartError(f"{source} is no backup: it has no {CLUSTER}/{MANIFEST}.")
    if (found := (cluster / "PG_VERSION").read_text().strip()) != MAJOR_VERSION:
        raise CannotStartError(f"{source} was made by PostgreSQL {found}, and this is {MAJOR_VERSION}.")
    _verify(cluster)
    directory.create()
    lock = locks.take(directory.in_use_lock)
    if lock is None:
        raise CannotStartError(f"The servers of {directory.path} are in use: stop what uses them, or name another one.")
    with lock:
        if directory.postgres.exists():
            raise CannotStartError(
                f"{directory.path} has data already: move it away, or name another directory with TIDEMARK_DATA_DIR."
            )
        draft = directory.postgres.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(cluster, draft, symlinks=True)
        for name in SECRETS:
            if (source / name).exists():
                shutil.copy2(source / name, directory.path / name)
        draft.rename(directory.postgres)


def _verify(cluster: Path) -> None:
    """Raise CannotStartError unless every file is as the manifest has it. (The wheel's pg_verifybackup crashes.)"""
    for file in json.loads((cluster / MANIFEST).read_bytes())["Files"]:
        path = cluster / (file["Path"] if "Path" in file else bytes.fromhex(file["Encoded-Path"]).decode())
        try:
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise CannotStartError(f"The backup is broken: {path}: {error.strerror}.") from None
        if found != file["Checksum"]:
            raise CannotStartError(f"The backup is broken: {path} is not what was backed up.")

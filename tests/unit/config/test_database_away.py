"""A database that is not there costs a line that says what to do, not a traceback."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError

from config.log_lines import outages_in_short, text_lines
from config.postgresql.base import DatabaseWrapper
from tests.support.processes.tidemark import OURS, ROOT, free_port

REFUSED = 'PostgreSQL cannot be used: connection to server at "127.0.0.1", port {port} failed: Connection refused. '
CURE = "Start it, or correct DATABASE_URL."


def run(*arguments: str, data: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    """A management command of an installation with that database."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    own = {"DATABASE_URL": database_url, "SECRET_KEY": "x" * 50, "TIDEMARK_DATA_DIR": str(data)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=inherited | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [["migrate"], ["recompute_watch_time", "--check"], ["up"]])
def test_a_command_ends_with_one_line(arguments: list[str], tmp_path: Path) -> None:
    port = free_port()
    result = run(*arguments, data=tmp_path, database_url=f"postgres://me:hunter2@127.0.0.1:{port}/x")
    assert result.returncode == 1
    assert result.stderr == REFUSED.format(port=port) + CURE + "\n"
    assert result.stdout == ""


def test_an_option_that_postgresql_does_not_know_is_named(tmp_path: Path) -> None:
    result = run("migrate", data=tmp_path, database_url="postgres://me@127.0.0.1/x?colour=blue")
    assert result.returncode == 1
    assert result.stderr.startswith('PostgreSQL cannot be used: invalid dsn: invalid connection option "colour"')
    assert result.stderr.count("\n") == 1


def test_those_who_want_a_traceback_get_it(tmp_path: Path) -> None:
    port = free_port()
    result = run("migrate", "--traceback", data=tmp_path, database_url=f"postgres://me@127.0.0.1:{port}/x")
    assert "Traceback" in result.stderr


@pytest.fixture
def log_line() -> Callable[[Exception], str]:
    """Makes a line of the record of an exception that a task raised."""

    def line(error: Exception) -> str:
        record = logging.LogRecord(
            "celery.app.trace", logging.ERROR, "file.py", 1, "Task %(name)s raised %(exc)s", None, None
        )
        record.args = {"name": "events.sweep", "exc": repr(error)}
        record.data = {"traceback": "Traceback …"}
        record.exc_info = (type(error), error, None)
        assert outages_in_short()(record)
        return text_lines().format(record)

    return line


def test_a_worker_logs_one_line_for_each_task_that_found_no_database(log_line: Callable[[Exception], str]) -> None:
    port = free_port()
    database = settings.DATABASES["default"] | {"HOST": "127.0.0.1", "PORT": port, "CONN_MAX_AGE": 0}
    with pytest.raises(OperationalError) as caught:
        DatabaseWrapper(database).connect()
    line = log_line(caught.value)
    assert line.startswith("ERROR celery.app.trace: Task events.sweep raised DatabaseUnreachable(")
    assert line.count("\n") == 0
    assert "Traceback" not in line
    assert CURE in line


def test_a_worker_logs_everything_about_other_exceptions(log_line: Callable[[Exception], str]) -> None:
    assert "ValueError: wrong" in log_line(ValueError("wrong"))
    assert "Traceback" in log_line(ValueError("wrong"))

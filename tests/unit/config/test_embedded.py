"""The parts of the embedded servers that need no server."""

import os
import signal
from pathlib import Path

import pytest

from config.local.embedded.data_directory import MAX_SOCKET_PATH, DataDirectory
from config.local.embedded.postgres import SETTINGS
from config.local.exceptions import CannotStartError
from config.local.supervision import locks, logs
from config.local.supervision.launcher import launcher
from config.secret_key import kept_secret


def test_sockets_are_in_the_data_directory_while_its_path_is_short(tmp_path: Path) -> None:
    directory = DataDirectory("/srv/data")
    assert directory.sockets == Path("/srv/data/run")


def test_sockets_of_a_long_path_are_in_a_short_one_that_follows_from_it(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / ("long" * 30))
    assert len(os.fsencode(directory.postgres_socket)) <= MAX_SOCKET_PATH
    assert directory.sockets == DataDirectory(tmp_path / ("long" * 30)).sockets
    assert directory.sockets != DataDirectory(tmp_path / ("long" * 29)).sockets


def test_a_socket_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.sockets.mkdir()
    directory.sockets.chmod(0o755)
    with pytest.raises(CannotStartError, match="not this user's alone"):
        directory.create()


def test_the_data_directory_is_its_owners_alone(tmp_path: Path) -> None:
    DataDirectory(tmp_path / "data").create()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "run").stat().st_mode & 0o777 == 0o700


def test_a_lock_can_be_shared_or_had_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_taken(path)
    first, second = locks.take(path, shared=True), locks.take(path, shared=True)
    assert first is not None
    assert second is not None
    assert locks.take(path) is None
    first.close()
    second.close()
    alone = locks.take(path)
    assert alone is not None
    assert locks.is_taken(path)
    alone.close()
    assert not locks.is_taken(path)


def test_root_without_setpriv_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStartError, match="install util-linux, run as another user, or set DATABASE_URL"):
        launcher(death_signal=signal.SIGINT, account=(65534, 65534))
    assert launcher(death_signal=signal.SIGINT) == []


def test_durability_is_on() -> None:
    assert {"fsync=on", "synchronous_commit=on"} <= set(SETTINGS.read_text().splitlines())


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret-key"
    secret = kept_secret(file)
    assert len(secret) >= 50
    assert kept_secret(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("content", "line"),
    [("LOG: on\nFATAL: no memory\nLOG: off\n", "FATAL: no memory"), ("one\ntwo\n", "two"), ("", "see {log}")],
)
def test_a_log_says_why_its_program_ended(content: str, line: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(content)
    assert logs.last_line(log, containing="FATAL") == line.format(log=log)


def test_a_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 3)
    log = tmp_path / "a.log"
    logs.start_new(log)
    log.write_text("123")
    logs.start_new(log)
    assert log.exists()
    log.write_text("1234")
    logs.start_new(log)
    assert (tmp_path / "a.log.1").read_text() == "1234"
    assert not log.exists()

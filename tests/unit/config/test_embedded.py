"""The parts of the embedded servers that need no server."""

import os
from pathlib import Path

import pytest

from config.embedded import locks, privileges
from config.embedded.data_directory import MAX_SOCKET_PATH, DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.postgres import SETTINGS
from config.embedded.privileges import Account, launcher
from config.secret_key import kept_secret


def test_sockets_are_in_the_data_directory_while_its_path_is_short(tmp_path: Path) -> None:
    directory = DataDirectory.at("/srv/data")
    assert directory.sockets == Path("/srv/data/run")


def test_sockets_of_a_long_path_are_in_a_short_one_that_follows_from_it(tmp_path: Path) -> None:
    directory = DataDirectory.at(tmp_path / ("long" * 30))
    assert len(os.fsencode(directory.postgres_socket)) <= MAX_SOCKET_PATH
    assert directory.sockets == DataDirectory.at(tmp_path / ("long" * 30)).sockets
    assert directory.sockets != DataDirectory.at(tmp_path / ("long" * 29)).sockets


def test_a_socket_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    directory = DataDirectory.at(tmp_path)
    directory.sockets.mkdir()
    directory.sockets.chmod(0o755)
    with pytest.raises(EmbeddedServersError, match="not this user's alone"):
        directory.create()


def test_the_data_directory_is_its_owners_alone(tmp_path: Path) -> None:
    DataDirectory.at(tmp_path / "data").create()
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


def test_root_without_setpriv_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges.shutil, "which", lambda _name: None)
    with pytest.raises(EmbeddedServersError, match="install util-linux, run as another user, or set DATABASE_URL"):
        launcher(Account(65534, 65534), on_host_death=privileges.signal.SIGINT)
    assert launcher(None, on_host_death=privileges.signal.SIGINT) == []


def test_durability_is_on() -> None:
    assert SETTINGS["fsync"] == "on"
    assert SETTINGS["synchronous_commit"] == "on"


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret-key"
    secret = kept_secret(file)
    assert len(secret) >= 50
    assert kept_secret(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]

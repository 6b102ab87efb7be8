"""Embedded servers run while anybody uses them."""

import os
import signal
from pathlib import Path

import psutil
import psycopg2
import pytest

from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, DataDirectory
from config.local.embedded.postgres import POSTGRES
from config.local.embedded.servers import EmbeddedServers
from config.local.embedded.valkey import VALKEY
from config.local.exceptions import CannotStartError
from config.local.supervision import locks
from tests.support.processes.waiting import wait_until

SERVERS = [POSTGRES, VALKEY]


def answer(directory: DataDirectory, statement: str) -> object:
    """The first value that PostgreSQL answers."""
    connection = psycopg2.connect(host=str(directory.sockets), user=DATABASE_USER, dbname=DATABASE_NAME)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def postmaster(directory: DataDirectory) -> int:
    """PostgreSQL's first process."""
    return int((directory.postgres / "postmaster.pid").read_text().splitlines()[0])


def test_two_users_share_the_servers_and_the_last_one_out_stops_them(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    first, second = EmbeddedServers(directory, SERVERS), EmbeddedServers(directory, SERVERS)
    first.start()
    second.start()
    first.wait_until_ready()
    second.wait_until_ready()
    pid = postmaster(directory)

    first.stop()  # returns, since somebody else uses them
    assert answer(directory, "SELECT 1") == (1,)
    assert postmaster(directory) == pid

    second.stop()
    assert not psutil.pid_exists(pid)
    assert not directory.valkey_socket.exists()
    assert not locks.is_taken(directory.host_lock)


def test_servers_die_with_their_host_and_come_back_with_the_next(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    user = EmbeddedServers(directory, SERVERS)
    user.start()
    user.wait_until_ready()
    answer(directory, "CREATE TABLE kept (id int)")
    answer(directory, "INSERT INTO kept VALUES (7)")
    living = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    (host,) = [child for child in living if str(directory.path) in child.cmdline()]
    old = postmaster(directory)
    host.kill()
    wait_until(lambda: host.status() == psutil.STATUS_ZOMBIE, what="the host is dead")
    user.keep_hosted()
    user.wait_until_ready()
    assert answer(directory, "SELECT id FROM kept") == (7,)
    assert postmaster(directory) != old

    user.stop()


def test_a_postmaster_that_was_killed_is_started_again(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / ("a path too long for a socket " * 4))
    user = EmbeddedServers(directory, SERVERS)
    user.start()
    user.wait_until_ready()
    killed = postmaster(directory)
    os.kill(killed, signal.SIGKILL)

    def answers_again() -> bool:
        try:
            return answer(directory, "SELECT 1") == (1,) and postmaster(directory) != killed
        except (psycopg2.OperationalError, OSError):
            return False

    wait_until(answers_again, what="PostgreSQL answers again")
    user.stop()
    assert not directory.sockets.exists()


def test_servers_that_cannot_be_started_say_why(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    (directory.path / "postgres.new").touch()  # where the cluster would be made
    user = EmbeddedServers(directory, SERVERS)
    user.start()
    with pytest.raises(CannotStartError, match=r"File exists: .*postgres\.new"):
        user.wait_until_ready()
    user.stop()
    assert not locks.is_taken(directory.host_lock)
    assert directory.host_log.read_text().count("\n") == 1  # and it was tried once


def test_who_needs_more_servers_than_are_running_is_told(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    first, second = EmbeddedServers(directory, [VALKEY]), EmbeddedServers(directory, SERVERS)
    first.start()
    first.wait_until_ready()
    second.start()
    with pytest.raises(CannotStartError, match="already in use, without postgres"):
        second.wait_until_ready()
    second.stop()
    first.stop()

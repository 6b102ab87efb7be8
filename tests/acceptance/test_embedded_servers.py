"""Embedded servers run while anybody uses them."""

import os
import signal
from pathlib import Path

import psutil
import psycopg2

from config.embedded import locks
from config.embedded.data_directory import DATABASE_NAME, DATABASE_USER, DataDirectory
from config.embedded.postgres import Postgres
from config.embedded.tenancy import Tenancy
from config.embedded.valkey import Valkey
from tests.processes.waiting import wait_until

SERVERS = [Postgres.name, Valkey.name]


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
    directory = DataDirectory.at(tmp_path / "data")
    first, second = Tenancy(directory, SERVERS), Tenancy(directory, SERVERS)
    first.claim()
    second.claim()
    first.wait_until_ready()
    second.wait_until_ready()
    pid = postmaster(directory)

    first.release()
    first.wait_until_stopped()  # returns, since somebody else uses them
    assert answer(directory, "SELECT 1") == (1,)
    assert postmaster(directory) == pid

    second.release()
    second.wait_until_stopped()
    assert not psutil.pid_exists(pid)
    assert not directory.valkey_socket.exists()
    assert not locks.is_taken(directory.host_lock)


def test_servers_die_with_their_host_and_come_back_with_the_next(tmp_path: Path) -> None:
    directory = DataDirectory.at(tmp_path / "data")
    user = Tenancy(directory, SERVERS)
    user.claim()
    user.wait_until_ready()
    answer(directory, "CREATE TABLE kept (id int)")
    answer(directory, "INSERT INTO kept VALUES (7)")
    assert user._spawned is not None
    old = postmaster(directory)
    os.kill(user._spawned.pid, signal.SIGKILL)
    user._spawned.wait()
    user.keep_hosted()
    user.wait_until_ready()
    assert answer(directory, "SELECT id FROM kept") == (7,)
    assert postmaster(directory) != old

    user.release()
    user.wait_until_stopped()


def test_a_postmaster_that_was_killed_is_started_again(tmp_path: Path) -> None:
    directory = DataDirectory.at(tmp_path / ("a path too long for a socket " * 4))
    user = Tenancy(directory, SERVERS)
    user.claim()
    user.wait_until_ready()
    killed = postmaster(directory)
    os.kill(killed, signal.SIGKILL)

    def answers_again() -> bool:
        try:
            return answer(directory, "SELECT 1") == (1,) and postmaster(directory) != killed
        except (psycopg2.OperationalError, OSError):
            return False

    wait_until(answers_again, what="PostgreSQL answers again")
    user.release()
    user.wait_until_stopped()
    assert not directory.sockets.exists()

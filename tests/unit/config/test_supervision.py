"""The supervisor's parts: the guardian, the output, the commands' need of servers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.commands import needs_servers
from config.up import output
from config.up.environment import child_environment, needs_stubs
from config.up.guard import Guard
from config.up.output import Output
from tests.processes.waiting import wait_until


def sleeper() -> subprocess.Popen[bytes]:
    """A process group with a process that lives long."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)


def test_the_guardian_kills_what_is_left_when_its_pipe_ends(tmp_path: Path) -> None:
    left, forgotten = sleeper(), sleeper()
    with (tmp_path / "lock").open("w") as lock:
        guard = Guard(lock.fileno())
        guard.watch(left.pid)
        guard.watch(forgotten.pid)
        guard.forget(forgotten.pid)
        guard.close()
    assert left.wait(10) == -9
    assert forgotten.poll() is None
    forgotten.kill()
    forgotten.wait()


def test_a_guardian_that_died_is_replaced_by_one_that_knows_as_much(tmp_path: Path) -> None:
    left = sleeper()
    with (tmp_path / "lock").open("w") as lock:
        guard = Guard(lock.fileno())
        guard.watch(left.pid)
        guard._process.kill()
        guard._process.wait()
        guard.keep()
        guard.close()
    assert left.wait(10) == -9


def test_event_lines_pass_unchanged_and_others_get_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[int, bytes] = {1: b"", 2: b""}

    def write(descriptor: int, data: bytes) -> None:
        written[descriptor] += data

    monkeypatch.setattr(output, "_write", write)
    reader, writer = os.pipe()
    passing = Output()
    passing.start()
    passing.add(os.fdopen(reader, "rb", buffering=0), "work", may_log_events=True)
    for part in (b'{"id": 1}\n{"i', b'd": 2}\nhel', b'lo\n{"id": 3}'):
        os.write(writer, part)
    os.close(writer)
    wait_until(lambda: written[1].endswith(b"3}\n"), what="the output is passed on")
    assert written[1] == b'{"id": 1}\n{"id": 2}\n{"id": 3}\n'
    assert written[2] == b"work    | hello\n"


def test_stubs_stand_in_for_the_services_that_are_not_given() -> None:
    given = {"REGION_URL": "https://host/{user_id}"}
    assert needs_stubs(given)
    environment = child_environment(given, data_directory=Path("/data"), stub_port=1234)
    assert environment["REGION_URL"] == "https://host/{user_id}"
    assert environment["NOTIFY_URL"] == "http://127.0.0.1:1234/v1/notify"


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (["migrate"], True),
        (["shell"], True),
        (["recompute_watch_time", "--check"], True),
        (["makemigrations"], True),
        ([], False),
        (["help"], False),
        (["--version"], False),
        (["check"], False),
        (["check", "--database", "default"], True),
        (["migrate", "--help"], False),
        (["makemigrations", "--check"], False),
    ],
)
def test_commands_that_need_servers_get_them(arguments: list[str], needs: bool) -> None:
    assert needs_servers(arguments) is needs

"""`manage.py up`, in real processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes.tidemark import OURS, ROOT, Tidemark, free_port
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]


def replaced(tidemark: Tidemark, role: str, victim: int) -> Callable[[], bool]:
    """Whether another process has taken the place of `victim`."""
    return lambda: bool(pids := tidemark.pids(role)) and victim not in pids


def test_what_dies_is_started_again_and_sigterm_stops_everything(start_tidemark: StartTidemark) -> None:
    tidemark = start_tidemark()
    for role in ("web", "control", "enrich", "work", "notify", "beat", "stubs", "postgres", "valkey", "host"):
        wait_until(lambda role=role: tidemark.pids(role), what=f"{role} runs")
    assert "is ready" in tidemark.stderr()
    assert (tidemark.directory.path / "admin-password").read_text() in tidemark.stderr()

    for role in ("notify", "postgres", "valkey", "host", "web"):
        victim = tidemark.pids(role)[0]
        os.kill(victim, signal.SIGKILL)
        wait_until(replaced(tidemark, role, victim), what=f"{role} runs again")
    wait_until(lambda: tidemark.status("/readyz") == 200, what="ready again")
    second = start_tidemark(ready=False)
    assert second.process.wait(30) == 1
    assert second.stderr().count("\n") == 1
    assert "already running" in second.stderr()

    assert tidemark.stop() == 0
    assert tidemark.processes() == []


def test_killing_up_leaves_no_process_and_the_next_one_finds_the_data(start_tidemark: StartTidemark) -> None:
    tidemark = start_tidemark()
    wait_until(lambda: tidemark.pids("work"), what="the workers run")
    password = (tidemark.directory.path / "admin-password").read_text()
    tidemark.kill_up()
    # the next one is started at once, while the first one's processes are being cleared away
    successor = start_tidemark()
    assert (successor.directory.path / "admin-password").read_text() == password
    assert successor.manage("shell", "-c", "from django.contrib.auth.models import User; print(User.objects.count())")

    successor.kill_up()
    wait_until(lambda: not successor.processes(), what="no process is left")


def test_killing_every_process_leaves_data_that_the_next_up_can_use(start_tidemark: StartTidemark) -> None:
    tidemark = start_tidemark()
    tidemark.kill_tree()
    successor = start_tidemark()
    result = successor.manage("shell", "-c", "from django.contrib.auth.models import User; print(User.objects.count())")
    assert result.stdout.strip().splitlines()[-1] == "1", result.stderr


def test_other_commands_start_the_servers_for_themselves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "manage.py", "migrate", "--check"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=environment | {"TIDEMARK_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stderr  # an empty database, which has migrations to come
    assert "Traceback" not in result.stderr
    assert not (data / "postgres" / "postmaster.pid").exists()


def complaint_of(data_dir: Path, *, port: int | None = None, **environment: str) -> str:
    """What `up` says when it cannot start: one line, exit code 1, nothing started."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "manage.py", "up", "--port", str(port or free_port()), "--data-dir", str(data_dir)]
    result = subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert result.returncode == 1, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert not (data_dir / "host.log").exists()
    return result.stderr


def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        complaint = complaint_of(tmp_path, port=port)
    assert f"127.0.0.1:{port}" in complaint
    assert "--port" in complaint


def test_a_data_directory_without_permission_is_one_line(tmp_path: Path) -> None:
    # root may write everywhere but in the kernel's own file systems
    forbidden = Path("/sys/tidemark") if os.geteuid() == 0 else tmp_path / "forbidden" / "data"
    if os.geteuid() != 0:
        forbidden.parent.mkdir(mode=0o500)
    complaint = complaint_of(forbidden)
    assert complaint.startswith(f"No permission to write to the data directory {forbidden}")


def test_a_data_directory_of_another_postgresql_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    complaint = complaint_of(tmp_path)
    assert "was made by PostgreSQL 15" in complaint


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WATCHTIME_POLICY", "average"),
        ("WEB_WORKERS", "0"),
        ("HTTPS", "maybe"),
        ("REGION_URL", "https://example.org/regions"),
        ("DATABASE_URL", "mysql://localhost/tidemark"),
        ("SECRET_KEY", "too-short"),
        ("EXTRA_EVENT_TYPES", "nope"),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it(variable: str, value: str, tmp_path: Path) -> None:
    complaint = complaint_of(tmp_path, **{variable: value})
    assert variable in complaint
    assert "may be" in complaint


def test_a_wrong_variable_that_may_hold_a_secret_is_not_repeated(tmp_path: Path) -> None:
    assert "too-short" not in complaint_of(tmp_path, SECRET_KEY="too-short")
    assert "hidden" not in complaint_of(tmp_path, DATABASE_URL="mysql://me:hidden@localhost/tidemark")


def test_ctrl_c_ends_the_demonstration_quietly(start_tidemark: StartTidemark) -> None:
    tidemark = start_tidemark(environment={"STUB_LATENCY_SECONDS": "8"}, arguments=("--demo",))
    wait_until(lambda: "posted 3 events" in tidemark.stdout(), what="the demonstration waits for exchange rates")

    tidemark.process.send_signal(signal.SIGINT)

    assert tidemark.process.wait(60) == 0
    assert tidemark.processes() == []
    for words in ("failed", "Demonstration done", "Traceback"):
        assert words not in tidemark.stdout()
    assert "stopping; a second Ctrl-C kills at once" in tidemark.stderr()

"""Programs are started, started again, and stopped in order."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.local.supervision import child as child_module
from config.local.supervision.leftovers import mark_of, stop_leftovers
from config.local.supervision.program import Program
from config.local.supervision.supervisor import Supervisor
from tests.support.processes.waiting import wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def python(code: str) -> list[str]:
    """The command line of a program."""
    return [sys.executable, "-c", code]


SLEEP = python("import time; time.sleep(600)")
STUBBORN = python(
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)


class Said(list[tuple[str, str]]):
    """What a supervisor said about its programs."""

    def say(self, name: str, message: str) -> None:
        self.append((name, message))


Supervise = Callable[..., tuple[Supervisor, Said]]


@pytest.fixture
def supervise() -> Iterator[Supervise]:
    """Makes supervisors; whatever they started is killed at the end, and signals are handled as before."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    made = []

    def make(*programs: Program) -> tuple[Supervisor, Said]:
        said = Said()
        made.append(Supervisor(programs, os.environ, said.say))
        return made[-1], said

    yield make
    for supervisor in made:
        for child in supervisor.children:
            child.kill()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def until(supervisor: Supervisor, condition: Callable[[], object], what: str) -> None:
    """Let a supervisor work until something has come true."""

    def works() -> object:
        supervisor.look_after()
        return condition()

    wait_until(works, what=what, every=0.01)


def test_what_dies_is_started_again_after_pauses_that_grow(supervise: Supervise) -> None:
    supervisor, said = supervise(Program("short", python("raise SystemExit(3)"), grace_seconds=1))
    (short,) = supervisor.children
    until(supervisor, lambda: short.deaths == 3, "the program died three times")
    assert said == [
        ("short", f"ended with exit code 3; starting it again in {pause} s") for pause in ("0.2", "0.4", "0.8")
    ]


def test_a_program_waits_for_its_milestone(supervise: Supervise) -> None:
    first = Program("first", python(""), grace_seconds=1, one_shot=True)
    second = Program("second", SLEEP, grace_seconds=1, after="first")
    third = Program("third", SLEEP, grace_seconds=1, after="word")
    supervisor, _ = supervise(third, second, first)
    assert supervisor.look_after() == 0
    assert [child.is_running for child in supervisor.children] == [False, False, True]

    until(supervisor, lambda: supervisor.children[1].is_running, "the second follows the first")
    assert not supervisor.children[0].is_running
    assert not supervisor.children[2].is_running
    threading.Thread(target=supervisor.reach, args=["word"]).start()
    supervisor.sleep(60)  # the word ends it
    until(supervisor, lambda: supervisor.children[0].is_running, "the third follows the word")


@pytest.mark.parametrize(("must_succeed", "code"), [(True, 1), (False, 0)])
def test_a_one_shot_that_fails_stops_everything_if_it_had_to_succeed(
    supervise: Supervise, must_succeed: bool, code: int
) -> None:
    program = Program("once", python("raise SystemExit(3)"), grace_seconds=1, one_shot=True, must_succeed=must_succeed)
    supervisor, said = supervise(program)
    results = []
    wait_until(lambda: results.append(supervisor.look_after()) or supervisor.children[0].deaths, what="it failed")
    assert results[-1] == code
    assert "once" not in supervisor.reached
    assert bool(said) is must_succeed
    supervisor.look_after()
    assert not supervisor.children[0].is_running  # and it is not started again


def test_programs_are_stopped_stage_by_stage(supervise: Supervise, tmp_path: Path) -> None:
    report = "import signal, sys; signal.sigwait([signal.SIGTERM]); open(sys.argv[1], 'a').write(sys.argv[2])"
    log = tmp_path / "stopped"
    block = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); print('up', flush=True); "
    programs = [
        Program(
            name, [*python(block + report), str(log), name], grace_seconds=30, stop_stage=stage, log=tmp_path / name
        )
        for name, stage in (("c", 2), ("a", 0), ("b", 1))
    ]
    supervisor, said = supervise(*programs)
    until(supervisor, lambda: all((tmp_path / name).exists() and (tmp_path / name).read_text() for name in "abc"), "up")
    supervisor.stop()
    assert log.read_text() == "abc"
    assert said == []


def test_what_does_not_stop_in_its_grace_is_killed(supervise: Supervise, tmp_path: Path) -> None:
    supervisor, said = supervise(Program("deaf", STUBBORN, grace_seconds=0.1, log=tmp_path / "log"))
    until(supervisor, lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text(), "it runs")
    supervisor.stop()
    assert not supervisor.children[0].is_running
    assert said == [("deaf", "did not stop in time: killed")]


def test_what_has_just_begun_gets_no_long_grace(
    supervise: Supervise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "LEAST_GRACE", 0.1)
    supervisor, said = supervise(Program("deaf", STUBBORN, grace_seconds=600, log=tmp_path / "log"))
    until(supervisor, lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text(), "it runs")
    supervisor.stop()
    assert said == [("deaf", "did not stop in time: killed")]


def test_a_second_request_to_stop_ends_all_patience(supervise: Supervise, tmp_path: Path) -> None:
    supervisor, said = supervise(Program("deaf", STUBBORN, grace_seconds=600, log=tmp_path / "log"))
    until(supervisor, lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text(), "it runs")
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    supervisor.stop()
    assert not supervisor.children[0].is_running
    assert said == []


def test_what_a_killed_supervisor_leaves_behind_is_stopped_and_nothing_else(tmp_path: Path) -> None:
    mine, other = mark_of("up", tmp_path / "mine"), mark_of("up", tmp_path / "other")
    left = subprocess.Popen(SLEEP, env=os.environ | mine)
    spared = subprocess.Popen(SLEEP, env=os.environ | other)
    try:
        stop_leftovers(mine, signal.SIGKILL)
        assert left.poll() is not None
        assert spared.poll() is None
    finally:
        for process in (left, spared):
            process.kill()
            process.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has death signals")
def test_programs_die_with_their_supervisor(tmp_path: Path) -> None:
    supervisor = python(
        "import os, sys, time\n"
        "from config.local.supervision.program import Program\n"
        "from config.local.supervision.supervisor import Supervisor\n"
        "program = Program('sleep', [sys.executable, '-c', 'import time; time.sleep(600)'], grace_seconds=1)\n"
        "supervisor = Supervisor([program], os.environ, print)\n"
        "supervisor.look_after()\n"
        "print(supervisor.children[0].is_running, flush=True)\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen(supervisor, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    (child,) = psutil.Process(process.pid).children()
    wait_until(lambda: "python" in child.name(), what="setpriv has become the program")
    process.kill()
    process.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the program is dead")

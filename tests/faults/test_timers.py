"""Timers in real processes, which are killed on the way.

TIDEMARK_TIMERS=10000 runs the full number.
"""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import requests

from config.local.up.processes import beat_command, worker_command
from config.messaging import CONTROL
from tests.faults.receiver import Receiver, receiving
from tests.support.processes.tidemark import OURS, ROOT, Tidemark
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]

TIMERS = int(os.environ.get("TIDEMARK_TIMERS", "300"))
#: Seconds over which they become due, and how long it takes from now until the first does.
SPREAD_SECONDS = 60.0 if TIMERS >= 10_000 else 12.0
LEAD_SECONDS = 20.0 if TIMERS >= 10_000 else 5.0
DELAY = timedelta(minutes=10)


def launch(tidemark: Tidemark, due: dict[str, datetime]) -> None:
    """Opens the app for each user ten minutes before their push is to be due."""
    events = [
        {"type": "app_launch", "user_id": user, "device_id": "phone", "time_stamp": (moment - DELAY).isoformat()}
        for user, moment in due.items()
    ]
    for start in range(0, len(events), 1000):
        response = requests.post(f"{tidemark.base_url}/v1/events", json=events[start : start + 1000], timeout=30)
        assert response.status_code == 202, response.text


def kill(tidemark: Tidemark, role: str) -> None:
    """`kill -9` of every process of a role."""
    for process in tidemark.processes(role):
        process.kill()


def lateness(receiver: Receiver, due: dict[str, datetime]) -> list[float]:
    """Seconds between each push's moment and its arrival, the earliest first; each user's push is there once."""
    first = receiver.first_calls().values()
    assert sorted(call.body["user_id"] for call in first) == sorted(due)
    return sorted((call.at - due[call.body["user_id"]]).total_seconds() for call in first)


def test_timers_at_random_times_are_on_time_whatever_is_killed(start_tidemark: StartTidemark) -> None:
    seed = int(os.environ.get("TIDEMARK_SEED", str(random.randrange(10**6))))
    print("seed", seed)
    source = random.Random(seed)
    with receiving() as receiver:
        tidemark = start_tidemark(environment={"NOTIFY_URL": receiver.url, "EVENT_LOG": "off"})
        for role in ("beat", "control", "notify", "work"):
            wait_until(lambda role=role: tidemark.pids(role), what=f"{role} runs")
        begins = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS)
        due = {f"user {n}": begins + timedelta(seconds=source.uniform(0, SPREAD_SECONDS)) for n in range(TIMERS)}
        launch(tidemark, due)
        for part, role in enumerate(("beat", "notify", "valkey"), start=1):
            moment = begins + timedelta(seconds=SPREAD_SECONDS * part / 4)
            wait_until(lambda moment=moment: datetime.now(UTC) >= moment, what="the moment to kill", seconds=120)
            kill(tidemark, role)
        wait_until(lambda: len(receiver.first_calls()) >= TIMERS, what="every push arrived", seconds=120)
        late = lateness(receiver, due)
        p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
        print(
            f"earliest {late[0]:.3f} s, p50 {p50:.3f} s, p99 {p99:.3f} s, latest {late[-1]:.3f} s; "
            f"{len(receiver.calls) - TIMERS} arrived twice"
        )
        assert late[0] >= 0
        assert p99 <= 2.0


def test_killing_everything_before_a_push_is_due_loses_nothing_and_doubles_nothing(
    start_tidemark: StartTidemark,
) -> None:
    with receiving() as receiver:
        environment = {"NOTIFY_URL": receiver.url, "EVENT_LOG": "off"}
        tidemark = start_tidemark(environment=environment)
        due = {"jane": datetime.now(UTC) + timedelta(seconds=8)}
        launch(tidemark, due)
        wait_until(lambda: _notifications(tidemark), what="the push is scheduled")
        tidemark.kill_tree()
        successor = start_tidemark(environment=environment)
        sent = wait_until(
            lambda: [row for row in _notifications(successor) if row["state"] == "sent"], what="the push is sent"
        )
        assert len(sent) == len(receiver.calls) == 1
        assert lateness(receiver, due)[0] >= 0


def test_a_burst_with_two_beats_and_four_sweepers_decides_each_once(start_tidemark: StartTidemark) -> None:
    with receiving() as receiver:
        tidemark = start_tidemark(environment={"NOTIFY_URL": receiver.url, "EVENT_LOG": "off"})
        commands = [beat_command(), *[worker_command(CONTROL)] * 3]
        with beside(tidemark, commands, environment={"NOTIFY_URL": receiver.url}):
            moment = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS)
            due = {f"user {n}": moment for n in range(TIMERS)}
            launch(tidemark, due)
            wait_until(lambda: len(receiver.first_calls()) >= TIMERS, what="every push arrived", seconds=120)
            wait_until(lambda: not _notifications(tidemark, state="leased"), what="all are settled")
        late = lateness(receiver, due)
        print(f"burst of {TIMERS}: earliest {late[0]:.3f} s, latest {late[-1]:.3f} s")
        assert late[0] >= 0
        assert len(receiver.calls) == TIMERS
        assert not _notifications(tidemark, state="pending")


@contextmanager
def beside(tidemark: Tidemark, commands: list[list[str]], *, environment: dict[str, str]) -> Iterator[None]:
    """Runs more processes of the product on the same servers."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    inherited |= environment | {"TIDEMARK_DATA_DIR": str(tidemark.directory.path), "CELERY_SKIP_CHECKS": "1"}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=inherited, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        yield
        assert [process.poll() for process in running] == [None] * len(running)
    finally:
        for process in running:
            process.kill()
            process.wait()


def _notifications(tidemark: Tidemark, **parameters: str) -> list[dict[str, str]]:
    response = requests.get(f"{tidemark.base_url}/v1/notifications", params=parameters, timeout=30)
    rows: list[dict[str, str]] = response.json()["results"]
    return rows

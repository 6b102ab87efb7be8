"""A Python program whose collector has an enrichment client of its own, beside a running product."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from events.systems.playback.demo import INPUT
from tests.support.processes.tidemark import OURS, ROOT, Tidemark
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]


@contextmanager
def program(tidemark: Tidemark, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.processes.own_client", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["TIDEMARK_DATA_DIR"] = str(tidemark.directory.path)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def regions(tidemark: Tidemark) -> list[str]:
    events: list[dict[str, Any]] = requests.get(f"{tidemark.base_url}/v1/events?type=playback", timeout=10).json()[
        "results"
    ]
    return sorted(event["enrichment"]["region"] for event in events)


def test_it_enriches_with_its_own_client_and_loses_nothing_when_it_is_killed(start_tidemark: StartTidemark) -> None:
    tidemark = start_tidemark()
    users = [event["user_id"] for event in json.loads(INPUT.read_text())]

    # one that lives to the end
    with program(tidemark, "0.5") as process:
        lines = process.communicate(timeout=60)[0].splitlines()
    assert lines[-1].startswith("handled 10 in "), lines
    assert lines[-2].endswith(" 100")
    assert regions(tidemark) == [f"own region of {user}" for user in users]

    # one that is killed while it asks
    with program(tidemark, "600", "another source") as process:
        assert process.stdout is not None
        operation = process.stdout.readline().strip()
        process.kill()
    path = f"{tidemark.base_url}/v1/operations/{operation}?wait=10"
    done = wait_until(
        lambda: (state := requests.get(path, timeout=20).json())["finished_at"] and state, what="it is done", seconds=60
    )
    assert (done["handled_events"], done["failed_events"]) == (10, 0)
    assert len([region for region in regions(tidemark) if not region.startswith("own")]) == 10

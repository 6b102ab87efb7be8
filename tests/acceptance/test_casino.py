"""The casino from end to end, in real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.support.casino import DATA, Event, counted, random_events, without_rates
from tests.support.processes.tidemark import OURS, ROOT, Tidemark
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]

#: How many random events the test of exactness posts; more, to look closer.
EVENTS = int(os.environ.get("CASINO_EVENTS", "5000"))
CLIENTS = 4
EVENTS_PER_REQUEST = 50


def materialized(tidemark: Tidemark) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{tidemark.base_url}/materialized", timeout=10).json()
    return document


def counts_of(tidemark: Tidemark) -> dict[str, Any]:
    return without_rates(materialized(tidemark))


def post(tidemark: Tidemark, events: list[Event]) -> None:
    requests.post(f"{tidemark.base_url}/v1/events", json=events, timeout=30).raise_for_status()


def lines_of(text: str) -> list[Event]:
    return sorted((json.loads(line) for line in text.splitlines()), key=lambda event: event["id"])


@contextmanager
def following(tidemark: Tidemark, output: Path, *arguments: str) -> Iterator[None]:
    """`manage.py tail` writing to a file."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["TIDEMARK_DATA_DIR"] = str(tidemark.directory.path)
    said = output.with_suffix(".err")
    with output.open("wb") as stdout, said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "tail", *arguments], cwd=ROOT, env=environment, stdout=stdout, stderr=stderr
        )
    try:
        wait_until(lambda: "Waiting for events" in said.read_text(), what="tail listens")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, said.read_text()


def test_the_sample_comes_out_as_it_should_in_api_log_and_tail(start_tidemark: StartTidemark, tmp_path: Path) -> None:
    # given
    sample = json.loads((DATA / "casino.json").read_text())
    expected = json.loads((DATA / "casino.expected.json").read_text())
    tidemark = start_tidemark()
    assert tidemark.manage("import_players", str(DATA / "players.csv")).returncode == 0
    with following(tidemark, tmp_path / "all"), following(tidemark, tmp_path / "bets", "--type", "bet"):
        # when
        post(tidemark, sample)
        wait_until(lambda: len((tmp_path / "all").read_text().splitlines()) == 3, what="tail has shown three events")
    wait_until(lambda: len(tidemark.stdout().splitlines()) == 3, what="the event log has three lines")
    # then, and what was sent is shown too
    final = [event | {"created_at": sent["created_at"]} for event, sent in zip(expected, sample, strict=True)]
    assert lines_of((tmp_path / "all").read_text()) == final
    assert lines_of((tmp_path / "bets").read_text()) == final[1:2]
    assert lines_of(tidemark.stdout()) == final
    stored = requests.get(f"{tidemark.base_url}/v1/events", timeout=10).json()["results"]
    assert {event["state"] for event in stored} == {"processed"}
    for event in stored:
        event["enrichment"].pop("exchange_rate", None)
    assert sorted((event["data"] | event["enrichment"] for event in stored), key=lambda event: event["id"]) == final
    assert counts_of(tidemark) == {
        "events_total": 3,
        "top_player_bets": {"id": 11, "count": 1},
        "top_player_wins": None,
        "top_player_deposits": {"id": 12, "count": 10000},
    }


def test_random_events_count_once_through_repetitions_and_deaths_until_redis_restarts(
    start_tidemark: StartTidemark,
) -> None:
    # given
    tidemark = start_tidemark(environment={"EVENT_LOG": "off", "LEASE_SECONDS": "1", "SWEEP_GRACE_SECONDS": "0.5"})
    wait_until(lambda: tidemark.pids("work"), what="the workers run")
    events = random_events(4, EVENTS)
    requests_to_make = [events[n : n + EVENTS_PER_REQUEST] for n in range(0, EVENTS, EVENTS_PER_REQUEST)]
    requests_to_make += requests_to_make[::10]
    # when four clients send them, every tenth request twice, while workers are killed
    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        posting = [clients.submit(post, tidemark, part) for part in requests_to_make]
        for quarter in (1, 3):
            wait_until(
                lambda quarter=quarter: sum(one.done() for one in posting) * 4 >= len(posting) * quarter, what="posted"
            )
            victims = wait_until(lambda: tidemark.pids("work"), what="a worker runs")
            os.kill(victims[-1], signal.SIGKILL)
        for one in posting:
            one.result()
    # then
    wait_until(lambda: counts_of(tidemark)["events_total"] >= EVENTS, what="all is counted", seconds=120)
    print(f"{len(requests_to_make)} requests, {EVENTS} events counted after {time.monotonic() - started:.1f} s")
    wait_until(lambda: statistics(tidemark)["pending_events"] == 0, what="nothing is pending", seconds=120)
    print(f"nothing pending after {time.monotonic() - started:.1f} s")
    assert counts_of(tidemark) == counted(events)
    assert statistics(tidemark)["duplicate_events"] == len(requests_to_make) * EVENTS_PER_REQUEST - EVENTS

    # when Redis is started again
    (valkey,) = tidemark.pids("valkey")
    os.kill(valkey, signal.SIGKILL)
    wait_until(lambda: valkey not in (tidemark.pids("valkey") or [valkey]), what="Redis runs again")
    wait_until(lambda: tidemark.status("/materialized") == 200, what="it answers")
    print(f"Redis again after {time.monotonic() - started:.1f} s")
    # then the statistics start from zero, and all else goes on, such as what speaks Celery and the generator
    again = random_events(5, 200)
    tidemark.manage("shell", "-c", INGEST.format(events=again))
    for _ in range(2):
        generated = tidemark.manage(
            *("generate", "casino", "--url", tidemark.base_url, "--seconds", "1", "--rate", "100", "--seed", "1")
        )
        assert "100 events accepted" in generated.stderr
    wait_until(lambda: counts_of(tidemark)["events_total"] == 400, what="the new events are counted", seconds=60)
    assert statistics(tidemark)["total_events"] == EVENTS + 400


INGEST = "from celery import current_app; current_app.send_task('events.ingest', args=[{events}], queue='work')"


def statistics(tidemark: Tidemark) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{tidemark.base_url}/v1/stats", timeout=10).json()
    return document

"""Ads: two ads served and what became of them, sent by GET, and the three files."""

import csv
import time
from pathlib import Path

from rich.console import Console

from events.demonstration.api import Api

TITLE = "Ads"
DATA = Path(__file__).parent
FILES = ("serving_events.csv", "user_events.csv", "validated_events.csv")

#: Events are processed at once; longer than this means that no worker runs.
LONGEST_SECONDS = 30
LOOK_SECONDS = 0.1


def run(api: Api, console: Console) -> None:
    """Send the events as the clients of the old collector do, wait until they are processed, print the files."""
    events = [event for name in FILES[:2] for event in _rows((DATA / name).read_text())]
    answers = [api.get_text("/event_collector", **event) for event in events]
    console.print(f"sent {len(events)} events by GET: {answers.count('event saved')} saved")
    _wait_for({event["eventId"] for event in events}, api)
    for name in FILES:
        console.print(f"[bold]{name}[/bold]")
        console.print(api.get_text(f"/v1/exports/{name}").rstrip(), markup=False, soft_wrap=True)


def _wait_for(event_ids: set[str], api: Api) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        stored = {event["eventId"] for name in FILES[:2] for event in _rows(api.get_text(f"/v1/exports/{name}"))}
        if event_ids <= stored:
            return
        time.sleep(LOOK_SECONDS)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))

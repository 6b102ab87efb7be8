"""Fitness: a morning of two users, replayed, and a push that becomes due while one looks."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from events.demonstration.api import Api
from events.demonstration.progress import follow

TITLE = "Fitness"
INPUT = Path(__file__).with_name("fitness.json")
IDEMPOTENCY_KEY = "demo-fitness"

#: The launch that is made up is this old when it is sent, so its push is due seconds later.
DELAY_SECONDS = 600
LEFT_SECONDS = 3
#: Users of the sample who are told something.
TOLD = ("foo1", "foo2")
PATIENCE_SECONDS = 30.0

Rows = list[dict[str, Any]]


def run(api: Api, console: Console) -> None:
    """Post the events, wait until everybody is told, print what they were told and how punctually."""
    events: list[dict[str, Any]] = json.loads(INPUT.read_text())
    accepted = api.post("/v1/events", events, idempotency_key=IDEMPOTENCY_KEY)
    console.print(f"posted {len(events)} events of 2021: {accepted['accepted']} accepted")
    follow(api, accepted["operation"], console)
    visitor = f"visitor-{uuid.uuid4().hex[:6]}"
    opened = datetime.now(UTC) - timedelta(seconds=DELAY_SECONDS - LEFT_SECONDS)
    launch = {"type": "app_launch", "user_id": visitor, "device_id": "phone", "time_stamp": opened.isoformat()}
    api.post("/v1/event", launch, idempotency_key=visitor)
    console.print(f"{visitor} opened the app {DELAY_SECONDS - LEFT_SECONDS} s ago and has not started training")
    users = (*TOLD, visitor)
    with console.status("waiting until what happened has settled, and the push is due"):
        told = _wait(lambda: [row for user in users for row in api.get("/v1/notifications", user=user)["results"]])
    console.print(_table(told))


def _wait(look: Callable[[], Rows]) -> Rows:
    """The notifications, once none of them is on its way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        rows = look()
        on_its_way = len(rows) <= len(TOLD) or any(row["next_attempt_at"] for row in rows)
        if not on_its_way or time.monotonic() > deadline:
            return rows
        time.sleep(0.2)


def _table(rows: Rows) -> Table:
    """What users were told."""
    table = Table(title="Notifications", title_justify="left")
    for column in ("user", "type", "state", "message", "after due"):
        table.add_column(column)
    for row in rows:
        table.add_row(row["user"], row["type"], row["state"], row["body"]["message"], _lateness(row))
    return table


def _lateness(row: dict[str, Any]) -> str:
    """How long after it was due it had arrived."""
    if not row["finished_at"]:
        return ""
    late = datetime.fromisoformat(row["finished_at"]) - datetime.fromisoformat(row["due_at"])
    return f"{late.total_seconds():.2f} s"

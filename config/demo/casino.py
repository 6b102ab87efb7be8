"""Casino: three events, converted and put in words, and the live statistics."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from config.demo.api import Api
from config.demo.progress import follow

TITLE = "Casino"
DATA = Path(__file__).with_name("data")
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
IDEMPOTENCY_KEY = "demo-casino"


def run(api: Api, console: Console) -> None:
    """Import the players, post the events, wait until they are processed, print what they have become."""
    imported = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, str(MANAGE), "import_players", str(DATA / "players.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    console.print((imported.stdout or imported.stderr).strip(), markup=False)
    events: list[dict[str, Any]] = json.loads((DATA / "casino.json").read_text())
    accepted = api.post("/v1/events", events, idempotency_key=IDEMPOTENCY_KEY)
    console.print(f"posted {len(events)} events: {accepted['accepted']} accepted")
    done = follow(api, accepted["operation"], console)
    console.print(f"{done['handled_events']} handled in {done['elapsed_seconds']:.2f} s")
    for event in events:
        stored = api.get("/v1/events", type=event["type"], user=event["player_id"], limit=1)["results"][0]
        console.print(stored["enrichment"]["description"], markup=False, soft_wrap=True)
    console.print(_live(api.get("/materialized")))


def _live(statistics: dict[str, Any]) -> Table:
    """What `/materialized` answers."""
    table = Table(title="Live", title_justify="left", show_header=False)
    for name, value in statistics.items():
        table.add_row(name, json.dumps(value))
    return table

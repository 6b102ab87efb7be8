"""Casino: three events, converted and put in words, and the live statistics."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from events.clock import utc_now
from events.demonstration.api import Api
from events.demonstration.progress import follow
from events.systems.casino.players import import_players

TITLE = "Casino"
HERE = Path(__file__).parent
IDEMPOTENCY_KEY = "demo-casino"


def run(api: Api, console: Console) -> None:
    """Import the players, post the events, wait until they are processed, print what they have become."""
    players = import_players(HERE / "players.csv", now=utc_now())
    console.print(f"{players} players are in the table")
    events: list[dict[str, Any]] = json.loads((HERE / "casino.json").read_text())
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

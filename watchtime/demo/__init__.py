"""Watch time: heartbeats of three users, and the totals they add up to."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console, JustifyMethod
from rich.table import Table

from events.demonstration.api import Api
from events.demonstration.progress import follow

TITLE = "Watch time"
HEADINGS = {"watch_seconds": "watched (s)", "latest_moment": "latest (s)", "furthest_moment": "furthest (s)"}
INPUT = Path(__file__).with_name("heartbeats.json")

# Heartbeats carry no ids: with the same key, a demonstration that is run again does not count them again.
IDEMPOTENCY_KEY = "demo-heartbeats"


def run(api: Api, console: Console) -> None:
    """Post the heartbeats, wait until they are processed, print the totals."""
    heartbeats: list[dict[str, Any]] = json.loads(INPUT.read_text())
    accepted = api.post("/", heartbeats, idempotency_key=IDEMPOTENCY_KEY)
    console.print(f"posted {len(heartbeats)} heartbeats: {accepted['accepted']} accepted")
    done = follow(api, accepted["operation"], console)
    console.print(f"{done['handled_events']} handled in {done['elapsed_seconds']:.2f} s")

    pairs = sorted({(heartbeat["user"], heartbeat["slug"]) for heartbeat in heartbeats})
    users = [f"/v1/users/{quote(user, safe='')}" for user in sorted({user for user, _ in pairs})]
    movies = [f"/v1/movies/{quote(movie, safe='')}" for movie in sorted({movie for _, movie in pairs})]
    addresses = [f"/v1/users/{quote(user, safe='')}/movies/{quote(movie, safe='')}" for user, movie in pairs]
    columns = ("user", "movie", "watch_seconds", "latest_moment", "furthest_moment")
    console.print(_table(api, "Users", users, ("user", "watch_seconds", "movies")))
    console.print(_table(api, "Movies", movies, ("movie", "watch_seconds", "viewers")))
    console.print(_table(api, "Users and movies", addresses, columns))


def _table(api: Api, title: str, addresses: list[str], columns: tuple[str, ...]) -> Table:
    """A row for each address' watch time."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        justify: JustifyMethod = "left" if column in {"user", "movie"} else "right"
        table.add_column(HEADINGS.get(column, column), justify=justify, no_wrap=True)
    for address in addresses:
        total = api.get(f"{address}/watch-time")
        table.add_row(*(_cell(total[column]) for column in columns))
    return table


def _cell(value: Any) -> str:
    """Whole numbers without decimals."""
    return f"{value:g}" if isinstance(value, float) else str(value)

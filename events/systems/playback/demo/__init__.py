"""Playback: ten intervals, enriched with region and model by services that take their time."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from events.demonstration.api import Api
from events.demonstration.progress import follow

TITLE = "Playback collector"
INPUT = Path(__file__).with_name("playback.json")
IDEMPOTENCY_KEY = "demo-playback"
COLUMNS = ("id", "user_id", "video_id", "start_at", "stop_at")


def run(api: Api, console: Console) -> None:
    """Post the intervals, follow their operation, print them as they are stored."""
    intervals: list[dict[str, Any]] = json.loads(INPUT.read_text())
    accepted = api.post("/v1/events/playback", intervals, idempotency_key=IDEMPOTENCY_KEY)
    console.print(f"posted {len(intervals)} intervals, all with the id 1: {accepted['accepted']} accepted")
    done = follow(api, accepted["operation"], console)
    console.print(
        f"{done['handled_events']} handled, {done['duplicate_events']} duplicates in {done['elapsed_seconds']:.2f} s"
    )
    table = Table(title="Stored, with what the services added", title_justify="left")
    for column in (*COLUMNS, "region", "model"):
        table.add_column(column)
    for interval in intervals:
        added = _enrichment_of(interval, api)
        row = [interval[column] for column in COLUMNS] + [added.get("region"), added.get("model")]
        table.add_row(*(str(value) for value in row))
    console.print(table)
    stats = api.get("/v1/stats", type="playback")
    console.print(f"collector: {stats['total_events']} events, {stats['processed_per_second']:g} a second")


def _enrichment_of(interval: dict[str, Any], api: Api) -> dict[str, Any]:
    """What was added to the stored event."""
    of_user = api.get("/v1/events", type="playback", user=interval["user_id"])["results"]
    added = next(event["enrichment"] for event in of_user if event["data"]["start_at"] == interval["start_at"])
    return added or {}

"""P7: a batch of events whose users are looked up at a slow service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.product import Product
from benchmarks.registry import Measured, at_most, case

USERS = 1000
LATENCY_SECONDS = 0.1
SIDE_BY_SIDE = 64
LONGEST_SECONDS = 60.0


@case(
    "P7",
    f"{USERS} users behind a service of {1000 * LATENCY_SECONDS:.0f} ms a call, {SIDE_BY_SIDE} calls at once",
    unit="s",
    goals={"": at_most(1.2)},
)
def lookups(bench: Bench) -> Iterator[Measured]:
    """The operation's own time, from its acceptance until every total is visible; each turn with new users."""
    product = bench.start_product(STUB_LATENCY_SECONDS=str(LATENCY_SECONDS), LOOKUPS_SIDE_BY_SIDE=str(SIDE_BY_SIDE))
    seconds_of(product, intervals("first", count=10))  # every worker is up
    taken = []
    for turn in range(bench.rounds):
        taken.append(seconds_of(product, intervals(f"turn{turn}", count=USERS)))
        bench.say(f"{taken[-1]:.2f} s")
    yield Measured("", median(taken), USERS * LATENCY_SECONDS / SIDE_BY_SIDE)


def intervals(run: str, *, count: int) -> list[dict[str, Any]]:
    """Playback events, each of a user of its own."""
    return [
        {
            "id": f"{run}-{number}",
            "user_id": f"{run}-{number}",
            "video_id": f"v_{number % 50}",
            "start_at": 1_700_000_000 + number,
            "stop_at": 1_700_000_060 + number,
            "bitrate_kbps": 2500,
            "device_type": "Android",
            "error_code": None,
        }
        for number in range(count)
    ]


def post_intervals(product: Product, events: list[dict[str, Any]]) -> str:
    """Posts them as one request; the operation's id."""
    return str(_ask(product, "POST", "/v1/events/playback", json.dumps(events))["operation"])


def seconds_of(product: Product, events: list[dict[str, Any]]) -> float:
    """How long the operation took that these events make; raises RuntimeError unless all were handled and complete."""
    operation = post_intervals(product, events)
    deadline = time.monotonic() + LONGEST_SECONDS
    while (status := _ask(product, "GET", f"/v1/operations/{operation}?wait=20"))["state"] == "running":
        if time.monotonic() > deadline:
            raise RuntimeError(f"The operation took longer than {LONGEST_SECONDS:.0f} s; see {product.log}.")
    if status["handled_events"] != len(events):
        raise RuntimeError(f"Not every event was handled: {status}.")
    return float(status["elapsed_seconds"])


def _ask(product: Product, method: str, path: str, body: str | None = None) -> dict[str, Any]:
    connection = HTTPConnection("127.0.0.1", product.port, timeout=LONGEST_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        document: dict[str, Any] = json.loads(response.read())
    finally:
        connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path} was answered {response.status}: {document}.")
    return document

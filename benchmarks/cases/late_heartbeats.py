"""Heartbeats of one pair with a long history, of which every second one is late."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.bench import Bench
from benchmarks.http_load import Load, post, run_load
from benchmarks.registry import Measured, at_most, case

#: As large as a chunk of single events is when many come in.
BATCH = 100


@case(
    "late",
    "heartbeats of one pair, every second one late, against all in order: processor time of the product",
    unit="µs an event",
    goals={"": at_most(2)},
)
def late_heartbeats(bench: Bench) -> Iterator[Measured]:
    """The pair has no history at first and all events at the end; what is late was overtaken by another batch."""
    count = 20_000 if bench.quick else 100_000
    bench.product.empty()
    _microseconds(bench, "first", BATCH)  # every process is up, and has its connections
    in_order = _microseconds(bench, "in order", count)
    yield Measured("", _microseconds(bench, "late", count), in_order, note=f"({count:,} events)")


def _microseconds(bench: Bench, what: str, count: int) -> float:
    before = bench.processor_seconds()
    # One client: batches are counted in the order of posting, as far as two workers keep it.
    arguments = {"user": what, "count": count, "late": what == "late"}
    run_load(Load(bench.product.port, posts, arguments, clients=1))
    bench.product.wait_until_idle()
    bench.note_cost(f"one pair, {what}", before, count)
    with bench.product.connect() as connection, connection.cursor() as cursor:
        _require_exact(cursor, user=what, count=count)
    after = bench.processor_seconds()
    return sum(after[part] - before[part] for part in ("work", "postgres")) * 1e6 / count


def posts(user: str, count: int, late: bool) -> list[bytes]:
    """Batches of the heartbeats 0, 1, 2 …, a second apart; if late, each odd one comes a batch after its neighbours."""
    numbers = list(range(count))
    if late:
        evens, odds = numbers[::2], numbers[1::2]
        half = BATCH // 2
        numbers = evens[:half]
        for start in range(0, count // 2, half):
            numbers += odds[start : start + half] + evens[start + half : start + 2 * half]
    first = datetime.now(UTC) - timedelta(seconds=count)
    return [_batch(user, numbers[start : start + BATCH], first=first) for start in range(0, count, BATCH)]


def _batch(user: str, numbers: Sequence[int], *, first: datetime) -> bytes:
    events = [
        {"user": user, "slug": "film", "at": number, "time": (first + timedelta(seconds=number)).isoformat()}
        for number in numbers
    ]
    return post("/v1/events/heartbeat", json.dumps(events))


def _require_exact(cursor: Any, *, user: str, count: int) -> None:
    """Each heartbeat is a second further: raises RuntimeError unless the total says so."""
    cursor.execute("SELECT watch_seconds, latest_moment FROM watch_time_pairs WHERE user_key = %s", [user])
    if (found := cursor.fetchone()) != (count - 1, count - 1):
        raise RuntimeError(f"Watched and latest second of {user} are {found}; they should be {count - 1}.")

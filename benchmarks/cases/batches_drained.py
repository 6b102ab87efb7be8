"""P1: batches posted over HTTP until all totals are visible."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.heartbeats import BATCH_SIZE, Heartbeat, batches, heartbeats, watch_seconds
from benchmarks.http_load import Load, LoadProcess, post, require_accepted
from benchmarks.product import Product, processed_of
from benchmarks.references.limit import limit_per_second
from benchmarks.registry import Measured, at_least, case

CLIENTS = 4
LONGEST_SECONDS = 300.0

_SUMS = """
SELECT (SELECT count(*) FROM events), (SELECT sum(watch_seconds)::bigint FROM watch_time_pairs),
    (SELECT sum(watch_seconds)::bigint FROM watch_time_movies),
    (SELECT sum(watch_seconds)::bigint FROM watch_time_users)
"""


@case(
    "P1",
    f"batches of {BATCH_SIZE:,} by {CLIENTS} clients until all totals are visible",
    unit="events/s",
    goals={"limit": at_least(0.85), "naive": at_least(100)},
)
def batches_drained(bench: Bench) -> Iterator[Measured]:
    """Takes turns with the limit, on the same tables."""
    count = 40_000 if bench.quick else 200_000
    limits, drained = [], []
    for turn in range(bench.rounds):
        sent = list(heartbeats(count, run=f"limit{turn}"))
        bench.product.empty()
        before = bench.processor_seconds()
        with bench.product.connect(autocommit=False) as connection:
            limits.append(limit_per_second(connection, sent))
        bench.say(f"limit {limits[-1]:,.0f} events/s")
        bench.note_cost("limit", before, count)
        bench.product.empty()
        before = bench.processor_seconds()
        drained.append(drained_per_second(bench.product, count, run=f"batches{turn}"))
        bench.say(f"product {drained[-1]:,.0f} events/s")
        bench.note_cost("batches", before, count)
    yield Measured("limit", median(drained), median(limits))
    yield Measured("naive", median(drained), bench.naive_per_second)


def drained_per_second(product: Product, count: int, *, run: str, key: str | None = None) -> float:
    """Beside whatever is stored; the sums are compared with the definition if nothing is."""
    with product.connect() as connection, connection.cursor() as cursor:
        before = processed_of(cursor)
        arguments = {"count": count, "run": run, "key": key}
        load = LoadProcess(Load(product.port, batch_posts, arguments, clients=CLIENTS))
        deadline = time.monotonic() + LONGEST_SECONDS
        while (processed := processed_of(cursor) - before) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{processed} of {count} events got through; see {product.log}.")
            time.sleep(0.02)
        ended = time.monotonic()
        report = load.report()
        require_accepted(report)
        if not before:
            _require_exact(cursor, list(heartbeats(count, run=run)))
    return count / (ended - report.started_at)


def batch_posts(count: int, run: str, size: int = BATCH_SIZE, key: str | None = None) -> list[bytes]:
    sent = list(heartbeats(count, run=run))
    return [post("/v1/events/heartbeat", _body(batch), key=key) for batch in batches(sent, size)]


def _body(batch: Sequence[Heartbeat]) -> str:
    return f"[{','.join(heartbeat.json() for heartbeat in batch)}]"


def _require_exact(cursor: Any, sent: Sequence[Heartbeat]) -> None:
    """A fast wrong result is worth nothing: raises RuntimeError unless every total is what it has to be."""
    cursor.execute(_SUMS)
    expected = (len(sent), *[watch_seconds(sent)] * 3)
    if (found := cursor.fetchone()) != expected:
        raise RuntimeError(f"Events and watch seconds by pair, movie and user are {found}; they should be {expected}.")

"""P3: single events, drained at the rate at which they are accepted."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.cases.single_accepted import CLIENTS, single_posts
from benchmarks.http_load import Load, LoadProcess, require_accepted
from benchmarks.product import backlog_of, processed_of
from benchmarks.registry import Measured, at_least, case

#: Requests prepared for each second; more than can be accepted.
REQUESTS_PER_SECOND = 6_000


@case(
    "P3",
    f"single events by {CLIENTS} clients, drained as fast as they are accepted",
    unit="events/s",
    goals={"naive": at_least(40)},
)
def single_drained(bench: Bench) -> Iterator[Measured]:
    """Counts what got through while the clients post as fast as they are answered."""
    seconds = 10.0 if bench.quick else 60.0
    product = bench.product
    product.empty()
    arguments = {"path": "/v1/events", "count": int(seconds * REQUESTS_PER_SECOND), "run": "drained"}
    load = LoadProcess(Load(product.port, single_posts, arguments, clients=CLIENTS, seconds=seconds))
    backlogs, before = [], bench.processor_seconds()
    with product.connect() as connection, connection.cursor() as cursor:
        while load.is_running:
            backlogs.append(backlog_of(cursor))
            time.sleep(0.5)
        processed = processed_of(cursor)
    bench.note_cost("singles, drained", before, processed)
    report = load.report()
    require_accepted(report)
    drained = processed / (report.ended_at - report.started_at)
    busy = [backlog for backlog in backlogs if backlog]
    yield Measured(
        "naive",
        drained,
        bench.naive_per_second,
        note=f"(accepted {report.per_second:,.0f}/s; backlog {_thirds(busy)} events)",
    )


def _thirds(backlogs: list[int]) -> str:
    """The median backlog of each third of the time: the same if it is flat."""
    size = max(1, len(backlogs) // 3)
    parts = [sorted(backlogs[start : start + size]) for start in range(0, 3 * size, size)]
    return ", ".join(f"{part[len(part) // 2]:,}" for part in parts if part)

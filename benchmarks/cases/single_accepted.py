"""P2: single events posted over HTTP, until they are accepted: committed, and answered 202."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.heartbeats import heartbeats
from benchmarks.http_load import Load, post, run_load
from benchmarks.references.pgbench import pgbench_per_second
from benchmarks.registry import Measured, at_least, case

CLIENTS = 16
#: The route that benchmarks.urls adds.
EMPTY_VIEW = "/v1/benchmarks/empty"
EVENTS = "/v1/events"
#: More than either route can take in the time.
REQUESTS_PER_SECOND = 12_000


@case(
    "P2",
    f"single events by {CLIENTS} clients, accepted",
    unit="requests/s",
    goals={"empty": at_least(0.5), "pgbench": at_least(0.4)},
)
def single_accepted(bench: Bench) -> Iterator[Measured]:
    """Takes turns with the references; what is accepted is drained meanwhile, as always."""
    seconds = 3.0 if bench.quick else 8.0
    empty, inserted, accepted = [], [], []
    for turn in range(bench.rounds):
        empty.append(_per_second(bench, EMPTY_VIEW, seconds, run=f"empty{turn}"))
        bench.say(f"empty view {empty[-1]:,.0f} requests/s")
        inserted.append(pgbench_per_second(bench.product, clients=CLIENTS, seconds=seconds))
        bench.say(f"pgbench {inserted[-1]:,.0f} transactions/s")
        accepted.append(_per_second(bench, EVENTS, seconds, run=f"single{turn}"))
        bench.say(f"events {accepted[-1]:,.0f} requests/s")
    yield Measured("empty", median(accepted), median(empty))
    yield Measured("pgbench", median(accepted), median(inserted))


def _per_second(bench: Bench, path: str, seconds: float, *, run: str) -> float:
    bench.product.empty()
    arguments = {"path": path, "count": int(seconds * REQUESTS_PER_SECOND), "run": run}
    before = bench.processor_seconds()
    report = run_load(Load(bench.product.port, single_posts, arguments, clients=CLIENTS, seconds=seconds))
    bench.note_cost("singles" if path == EVENTS else "empty view", before, report.answered)
    return report.per_second


def single_posts(path: str, count: int, run: str, key: str | None = None) -> list[bytes]:
    return [post(path, heartbeat.json(with_type=True), key=key) for heartbeat in heartbeats(count, run=run)]

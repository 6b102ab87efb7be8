"""P2: single events posted over HTTP, until they are accepted: committed, and answered 202."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.heartbeats import heartbeats
from benchmarks.http_load import Load, post, run_load
from benchmarks.registry import Measured, at_least, case

CLIENTS = 16
#: The route that benchmarks.urls adds.
EMPTY_VIEW = "/v1/benchmarks/empty"
#: More than either route can take in the time.
REQUESTS_PER_SECOND = 12_000


@case(
    "P2",
    f"single events by {CLIENTS} clients, accepted",
    unit="requests/s",
    goals={"": at_least(0.45)},
)
def single_accepted(bench: Bench) -> Iterator[Measured]:
    """Takes turns with the empty view; what is accepted is drained meanwhile, as always."""
    seconds = 3.0 if bench.quick else 8.0
    empty, accepted = [], []
    for turn in range(bench.rounds):
        empty.append(_per_second(bench, EMPTY_VIEW, seconds, run=f"empty{turn}"))
        bench.say(f"empty view {empty[-1]:,.0f} requests/s")
        accepted.append(_per_second(bench, "/v1/events", seconds, run=f"single{turn}"))
        bench.say(f"events {accepted[-1]:,.0f} requests/s")
    yield Measured("", median(accepted), median(empty))


def _per_second(bench: Bench, path: str, seconds: float, *, run: str) -> float:
    bench.product.empty()
    arguments = {"path": path, "count": int(seconds * REQUESTS_PER_SECOND), "run": run}
    load = Load(bench.product.port, single_posts, arguments, clients=CLIENTS, seconds=seconds)
    return run_load(load).per_second


def single_posts(path: str, count: int, run: str) -> list[bytes]:
    """That many requests of one event each."""
    return [post(path, heartbeat.json(with_type=True)) for heartbeat in heartbeats(count, run=run)]

"""P13: what API keys and limits cost the intake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import TypeAlias

from benchmarks.bench import Bench
from benchmarks.cases.batches_drained import drained_per_second
from benchmarks.cases.single_accepted import CLIENTS, REQUESTS_PER_SECOND, single_posts
from benchmarks.http_load import Load, run_load
from benchmarks.processor_time import in_words, per_event
from benchmarks.product import Product
from benchmarks.registry import Measured, at_least, case

#: Far more than can come in, so that every event is charged and none refused.
LIMIT = "900000000/s"
#: Sends events to a product, with a key or without, in a run of that name, or fewer; how many, and how many a second.
Measure: TypeAlias = Callable[[Product, str | None, str, bool], tuple[int, float]]


@case(
    "P13",
    f"single events by {CLIENTS} clients accepted, and batches drained, with a key that has a limit and without",
    unit="events/s",
    goals={"single": at_least(0.95), "batches": at_least(0.95)},
)
def keys_and_limits(bench: Bench) -> Iterator[Measured]:
    """Two products take turns: one that lets everybody in, and one that asks for keys."""
    guarded = bench.start_product(REQUIRE_API_KEY="on")
    key = guarded.manage("create_api_key", "bench", "--scope", "ingest", "--limit", LIMIT).split()[-1]
    for against, measure in (("single", _singles), ("batches", _batches)):
        with_key, without = [], []
        for turn in range(bench.rounds):
            without.append(_turn(bench, measure, bench.product, None, run=f"open{turn}"))
            with_key.append(_turn(bench, measure, guarded, key, run=f"guarded{turn}"))
        yield Measured(against, median(with_key), median(without))


def _turn(bench: Bench, measure: Measure, product: Product, key: str | None, *, run: str) -> float:
    product.empty()
    before = product.processor_seconds()
    events, per_second = measure(product, key, run, bench.quick)
    cost = in_words(per_event(before, product.processor_seconds(), events))
    bench.say(f"{'with' if key else 'without'} a key: {per_second:,.0f} events/s; {cost}")
    return per_second


def _singles(product: Product, key: str | None, run: str, quick: bool) -> tuple[int, float]:
    seconds = 3.0 if quick else 8.0
    arguments = {"path": "/v1/events", "count": int(seconds * REQUESTS_PER_SECOND), "run": run, "key": key}
    report = run_load(Load(product.port, single_posts, arguments, clients=CLIENTS, seconds=seconds))
    return report.answered, report.per_second


def _batches(product: Product, key: str | None, run: str, quick: bool) -> tuple[int, float]:
    count = 40_000 if quick else 200_000
    return count, drained_per_second(product, count, run=run, key=key)

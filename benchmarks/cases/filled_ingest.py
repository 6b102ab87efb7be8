"""P6: batches beside ten million stored events, against an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.cases.batches_drained import drained_per_second
from benchmarks.filled import fill
from benchmarks.registry import Measured, at_least, case


@case(
    "P6",
    "batches of 1,000 until all totals are visible, with 10,000,000 events stored against none",
    unit="events/s",
    goals={"": at_least(0.85)},
    long=True,
)
def filled_ingest(bench: Bench) -> Iterator[Measured]:
    """Filling takes minutes, so there are no turns: first all rounds with the events stored, then all without."""
    pairs, stored, count = (10_000, 100_000, 20_000) if bench.quick else (1_000_000, 10_000_000, 200_000)
    bench.product.empty()
    fill(bench.product, stored, pairs=pairs, say=bench.say)
    beside = [_per_second(bench, "beside", count, turn) for turn in range(bench.rounds)]
    alone = []
    for turn in range(bench.rounds):
        bench.product.empty()
        alone.append(_per_second(bench, "alone", count, turn))
    yield Measured("", median(beside), median(alone))


def _per_second(bench: Bench, what: str, count: int, turn: int) -> float:
    before = bench.processor_seconds()
    rate = drained_per_second(bench.product, count, run=f"{what}{turn}")
    bench.note_cost(f"batches {what}", before, count)
    bench.say(f"{what} {rate:,.0f} events/s")
    return rate

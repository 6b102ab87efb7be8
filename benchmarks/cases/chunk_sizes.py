"""P12: what a chunk costs the workers of `work`, by its size."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.cases.batches_drained import batch_posts
from benchmarks.http_load import Load, run_load
from benchmarks.registry import Measured, at_most, case

#: How many chunks of each size are measured together: processor time comes in hundredths of a second.
CHUNKS = {10: 400, 100: 200, 1000: 50}


@case(
    "P12",
    "processor time in `work` for a chunk of 10, 100 and 1,000 heartbeats, all steps",
    unit="ms",
    goals={"10": at_most(3), "100": at_most(5), "1000": at_most(25)},
)
def chunk_sizes(bench: Bench) -> Iterator[Measured]:
    """A batch is a chunk, so their sizes are known; one client posts, so that batches do not wait for each other."""
    spent: dict[int, list[float]] = {size: [] for size in CHUNKS}
    _post(bench, size=10, chunks=100, run="first")  # every process is up, and has its connections
    for turn in range(bench.rounds):
        for size, chunks in CHUNKS.items():
            bench.product.empty()
            before = bench.processor_seconds()
            _post(bench, size=size, chunks=chunks, run=f"chunks{turn}-{size}")
            spent[size].append((bench.processor_seconds()["work"] - before["work"]) * 1000 / chunks)
            bench.note_cost(f"chunks of {size}", before, size * chunks)
    for size, found in spent.items():
        yield Measured(str(size), median(found), note=f"({1000 * median(found) / size:.0f} µs an event)")


def _post(bench: Bench, *, size: int, chunks: int, run: str) -> None:
    """Posts the chunks, and waits until all are through."""
    arguments = {"count": size * chunks, "run": run, "size": size}
    run_load(Load(bench.product.port, batch_posts, arguments, clients=1))
    bench.product.wait_until_idle()

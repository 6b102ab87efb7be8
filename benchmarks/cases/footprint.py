"""P9 and P10: what the product takes before it does anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from benchmarks.bench import Bench
from benchmarks.product import Product
from benchmarks.registry import Measured, at_most, case

#: Seconds after which a product that has just started does nothing but wait.
SETTLE_SECONDS = 20.0


@case("P9", "memory of the whole idle product, embedded servers included", unit="MB", goals={"": at_most(500)})
def idle_memory(bench: Bench) -> Iterator[Measured]:
    """Proportional set size: pages that processes share are counted once."""
    product = bench.start_product()
    time.sleep(1 if bench.quick else SETTLE_SECONDS)
    sizes = _megabytes(product)
    largest = sorted(sizes, reverse=True)[:3]
    product.stop()
    yield Measured(
        "", sum(sizes), note=f"({len(sizes)} processes, the largest {', '.join(f'{s:.0f}' for s in largest)})"
    )


def _megabytes(product: Product) -> list[float]:
    root = psutil.Process(product.process.pid)
    sizes = []
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            sizes.append(process.memory_full_info().pss / 1e6)
    return sizes


@case("P10", "`manage.py up` from its first start to ready", unit="s", goals={"": at_most(4)})
def seconds_to_ready(bench: Bench) -> Iterator[Measured]:
    """A new data directory, so that servers are initialised and migrations run."""
    seconds = []
    for _ in range(bench.rounds):
        started = time.monotonic()
        product = bench.start_product()
        seconds.append(time.monotonic() - started)
        product.stop()
    yield Measured("", sorted(seconds)[len(seconds) // 2])

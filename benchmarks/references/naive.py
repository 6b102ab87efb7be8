"""The reference "naive": a worker of its own on the product's servers, and how fast events get through it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from benchmarks.product import ROOT, Product

LONGEST_SECONDS = 300.0
_WORKER = [sys.executable, "-m", "celery", "--app", "benchmarks.naive.celery", "--quiet", "worker"]


def naive_per_second(product: Product, *, count: int) -> float:
    """Events per second from the first one sent until all totals are visible, with as many workers as the product."""
    environment = product.environment | {"TIDEMARK_DATA_DIR": str(product.directory.path)}
    concurrency = str(max(2, os.cpu_count() or 2))
    with product.log.open("ab") as log:
        worker = subprocess.Popen(
            [*_WORKER, "--concurrency", concurrency, "--loglevel", "WARNING"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        started = _produce(count, environment)
        return count / (_moment_all_are_counted(product, count) - started)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)


def _produce(count: int, environment: dict[str, str]) -> float:
    """Sends the events; the moment of the first one."""
    producer = subprocess.run(
        [sys.executable, "-m", "benchmarks.naive.produce", str(count)],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(producer.stdout.split()[-1])


def _moment_all_are_counted(product: Product, count: int) -> float:
    deadline = time.monotonic() + LONGEST_SECONDS
    with product.connect() as connection, connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT coalesce(sum(events), 0) FROM naive_users")
            if cursor.fetchone()[0] == count:
                return time.monotonic()
            time.sleep(0.05)
    raise RuntimeError(f"The naive solution did not get through {count} events.")

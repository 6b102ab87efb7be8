"""P14: what a slow outside service costs events that do not need it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cases.lookups import intervals, post_intervals
from benchmarks.product import ROOT, Product, free_port
from benchmarks.registry import Measured, at_most, case

CHUNKS = 16
LATENCY_SECONDS = 10.0
LONGEST_SECONDS = 60.0
#: Seconds between two looks at the operation, and between two events: the system is idle again.
LOOK, PAUSE = 0.001, 0.05


@case(
    "P14",
    f"added delay of a bet beside {CHUNKS} chunks that wait for a service of {LATENCY_SECONDS:.0f} s a call: in EUR, "
    "which needs no look-up, and in USD, which is looked up at another service",
    unit="ms",
    goals={"no_lookup": at_most(100), "other_service": at_most(100)},
)
def slow_service(bench: Bench) -> Iterator[Measured]:
    """The difference of two medians: from a bet's POST until its operation is done, beside the chunks and without."""
    with _rates() as url:
        product = bench.start_product(
            STUB_LATENCY_SECONDS=str(LATENCY_SECONDS),
            LOOKUP_TIMEOUT_SECONDS=str(3 * LATENCY_SECONDS),
            EXCHANGE_RATES_URL=url,
        )
        count = 20 if bench.quick else 60
        for key, currency in (("no_lookup", "EUR"), ("other_service", "USD")):
            _milliseconds(product, currency, count=5)  # every worker is up
            alone = _milliseconds(product, currency, count=count)
            waiting = [post_intervals(product, intervals(f"{key}-{chunk}", count=1)) for chunk in range(CHUNKS)]
            time.sleep(1)  # all of them wait
            beside = _milliseconds(product, currency, count=count)
            left = sum(not _is_done(product, operation) for operation in waiting)
            bench.say(f"{currency}: {alone:.0f} ms alone, {beside:.0f} ms beside {left} chunks that still wait")
            product.wait_until_idle()
            yield Measured(key, beside - alone, note=f"({alone:.0f} ms alone)")


@contextmanager
def _rates() -> Iterator[str]:
    """An exchange-rate service that is quick."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "config.local.stubs", "--port", str(port)], cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}/rates"
    finally:
        process.terminate()
        process.wait()


def _milliseconds(product: Product, currency: str, *, count: int) -> float:
    """The median of so many bets, posted one after the other; of fewer if the chunks would be through before."""
    taken: list[float] = []
    end = time.monotonic() + LATENCY_SECONDS / 2
    with product.connect() as database, database.cursor() as cursor:
        while len(taken) < count and time.monotonic() < end:
            time.sleep(PAUSE)
            began = time.monotonic()
            operation = _post(product, currency)
            while not _finished(cursor, operation):
                if time.monotonic() - began > LONGEST_SECONDS:
                    raise RuntimeError(f"A bet did not get through within {LONGEST_SECONDS:.0f} s; see {product.log}.")
                time.sleep(LOOK)
            taken.append(time.monotonic() - began)
    return 1000 * median(taken)


def _finished(cursor: Any, operation: str) -> bool:
    cursor.execute("SELECT finished_at IS NOT NULL FROM operations WHERE id = %s", [operation])
    return bool(cursor.fetchone()[0])


def _is_done(product: Product, operation: str) -> bool:
    with product.connect() as database, database.cursor() as cursor:
        return _finished(cursor, operation)


def _post(product: Product, currency: str) -> str:
    bet = {"id": f"{time.monotonic_ns()}", "player_id": 1, "game_id": 100, "amount": 100, "currency": currency}
    connection = HTTPConnection("127.0.0.1", product.port, timeout=LONGEST_SECONDS)
    try:
        body = json.dumps([bet | {"created_at": 1_700_000_000}])
        connection.request("POST", "/v1/events/bet", body, {"Content-Type": "application/json"})
        return str(json.loads(connection.getresponse().read())["operation"])
    finally:
        connection.close()

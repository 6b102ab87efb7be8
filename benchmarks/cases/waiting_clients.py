"""What clients that wait for operations cost the intake."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from benchmarks.bench import Bench
from benchmarks.cases.lookups import intervals, post_intervals
from benchmarks.cases.single_accepted import CLIENTS, REQUESTS_PER_SECOND, single_posts
from benchmarks.http_load import Load, run_load
from benchmarks.product import Product
from benchmarks.registry import Measured, at_least, case

WAITING = 100
#: Seconds a look-up takes: streams last at least as long, and a turn of load ends before.
LATENCY_SECONDS = 9.0


@case(
    "streams",
    f"single events accepted while {WAITING} clients wait on progress streams, and while none does",
    unit="requests/s",
    goals={"": at_least(0.9)},
)
def waiting_clients(bench: Bench) -> Iterator[Measured]:
    """Each stream watches an operation of its own, which is under way all the time."""
    product = bench.start_product(STUB_LATENCY_SECONDS=str(LATENCY_SECONDS), MAX_WAITING_CLIENTS=str(WAITING))
    seconds = 2.0 if bench.quick else 6.0
    alone, watched = [], []
    for turn in range(bench.rounds):
        alone.append(_per_second(product, seconds, run=f"alone{turn}"))
        bench.say(f"no client waits: {alone[-1]:,.0f} requests/s")
        with _streams(product, run=f"streams{turn}"):
            watched.append(_per_second(product, seconds, run=f"watched{turn}"))
        bench.say(f"{WAITING} clients wait: {watched[-1]:,.0f} requests/s")
    yield Measured("", median(watched), median(alone))


def _per_second(product: Product, seconds: float, *, run: str) -> float:
    arguments: dict[str, object] = {"path": "/v1/events", "count": int(seconds * REQUESTS_PER_SECOND), "run": run}
    return run_load(Load(product.port, single_posts, arguments, clients=CLIENTS, seconds=seconds)).per_second


@contextmanager
def _streams(product: Product, *, run: str) -> Iterator[None]:
    """Opens the streams and reads them meanwhile; raises RuntimeError if one was refused or ended."""
    operations = [post_intervals(product, intervals(f"{run}-{number}", count=1)) for number in range(WAITING)]
    over = threading.Event()
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for operation in operations:
            stream = stack.enter_context(socket.create_connection(("127.0.0.1", product.port), timeout=10))
            stream.sendall(f"GET /v1/operations/{operation}/progress HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if not stream.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("A progress stream was refused.")
            selector.register(stream, selectors.EVENT_READ)
        reader = threading.Thread(target=_read, args=(selector, over), daemon=True)
        reader.start()
        yield
        over.set()
        reader.join()


def _read(selector: selectors.BaseSelector, over: threading.Event) -> None:
    while not over.is_set():
        for key, _ in selector.select(timeout=0.2):
            assert isinstance(key.fileobj, socket.socket)
            if not key.fileobj.recv(65536):
                selector.unregister(key.fileobj)

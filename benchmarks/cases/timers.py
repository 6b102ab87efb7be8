"""P8: pushes that become due by the thousand each second, while a million others wait."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from statistics import quantiles

import psutil

from benchmarks.bench import Bench
from benchmarks.product import Product
from benchmarks.registry import Measured, at_most, case

PER_SECOND = 1000
DELAY = timedelta(minutes=10)
#: Seconds between the first launch's POST and the first push: all are accepted and processed by then.
LEAD_SECONDS = 30.0
#: Seconds that pushes may be missing after the last was due.
LONGEST_SECONDS = 120.0
#: Rows as the projection writes them, due in a day or later: the events behind them do not matter to timers that wait.
FILL = """
INSERT INTO notifications
    (id, rule, user_key, trigger_id, occurred_at, deadline_at, due_at, next_at, state, body, created_at)
SELECT gen_random_uuid(), 'start_training', 'waiting ' || number, gen_random_uuid(), due, due, due, due, 'pending',
    '{"type": "start_training", "device_id": "phone", "message": "Start!"}', now()
FROM (
    SELECT number, now() + interval '1 day' + number * interval '1 second' AS due FROM generate_series(1, %s) AS number
) AS timer
"""


@case(
    "P8",
    f"pushes, {PER_SECOND} due each second, while 1,000,000 wait: lateness, and growth of the workers' memory",
    unit="s, or times",
    goals={"p99": at_most(1), "memory": at_most(1.1)},
)
def timers(bench: Bench) -> Iterator[Measured]:
    """Lateness is from the moment a push is due until the receiver, in this process, has it."""
    waiting, seconds = (10_000, 5) if bench.quick else (1_000_000, 60)
    with receiving() as (url, arrivals):
        product = bench.start_product(NOTIFY_URL=url)
        with product.connect() as connection, connection.cursor() as cursor:
            cursor.execute(FILL, (waiting,))
            cursor.execute("ANALYZE notifications")
        send(product, arrivals, "first", seconds=1, lead=10)  # every worker is up, and has its connections
        before, spent_before = memory_of_workers(product), product.processor_seconds()
        due = send(product, arrivals, "user", seconds=seconds, lead=LEAD_SECONDS)
        after, spent_after = memory_of_workers(product), product.processor_seconds()
    late = sorted((arrivals[user] - moment).total_seconds() for user, moment in due.items())
    if late[0] < 0:
        raise RuntimeError(f"A push came {-late[0]:.3f} s early.")
    percentiles = quantiles(late, n=100, method="inclusive")
    spent = {
        part: 1000 * (seconds_after - spent_before.get(part, 0)) / len(due)
        for part, seconds_after in spent_after.items()
    }
    bench.say("processor ms a push: " + ", ".join(f"{part} {ms:.2f}" for part, ms in sorted(spent.items())))
    yield Measured("p99", percentiles[98], note=f"(p50 {percentiles[49]:.2f} s, longest {late[-1]:.2f} s)")
    yield Measured("memory", after / before, note=f"({before / 2**20:.0f} MiB before)")


def send(
    product: Product, arrivals: dict[str, datetime], name: str, *, seconds: int, lead: float
) -> dict[str, datetime]:
    """Has pushes become due for that many seconds, and waits for them; when each user's was due."""
    begin = datetime.now(UTC) + timedelta(seconds=lead)
    due = {f"{name} {n}": begin + timedelta(seconds=n / PER_SECOND) for n in range(seconds * PER_SECOND)}
    launch(product, due)
    deadline = time.monotonic() + lead + seconds + LONGEST_SECONDS
    while missing := len(due.keys() - arrivals.keys()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{missing} of {len(due)} pushes did not arrive within {LONGEST_SECONDS:.0f} s.")
        time.sleep(0.5)
    return due


def launch(product: Product, due: dict[str, datetime]) -> None:
    """Opens the app for each user ten minutes before their push is to be due."""
    users = list(due)
    connection = HTTPConnection("127.0.0.1", product.port, timeout=30)
    for start in range(0, len(users), 1000):
        events = [
            {"user_id": user, "device_id": "phone", "time_stamp": (due[user] - DELAY).isoformat()}
            for user in users[start : start + 1000]
        ]
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/events/app_launch", json.dumps(events), headers)
        response = connection.getresponse()
        response.read()
        if response.status != 202:
            raise RuntimeError(f"Launches were answered {response.status}.")
    connection.close()


def memory_of_workers(product: Product) -> int:
    """Bytes that the workers which handle timers use for themselves alone."""
    found = 0
    for process in psutil.Process(product.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # one that has just ended
            command = " ".join(process.cmdline())
            if "--queues notify" in command or "--queues control" in command:
                found += process.memory_full_info().uss
    return found


class _Receiver(socketserver.StreamRequestHandler):
    """Reads requests as the product sends them, one after the other on a connection, at as little cost as may be."""

    arrivals: dict[str, datetime]

    def handle(self) -> None:
        while length := self._content_length():
            body = json.loads(self.rfile.read(length))
            self.arrivals.setdefault(body["user_id"], datetime.now(UTC))
            self.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    def _content_length(self) -> int:
        """Of the next request; 0 at the connection's end."""
        length = 0
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256


@contextmanager
def receiving() -> Iterator[tuple[str, dict[str, datetime]]]:
    """A notification service: its address, and when each user's push arrived first."""
    arrivals: dict[str, datetime] = {}
    handler = type("Receiver", (_Receiver,), {"arrivals": arrivals, "disable_nagle_algorithm": True})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/notify", arrivals
        finally:
            server.shutdown()

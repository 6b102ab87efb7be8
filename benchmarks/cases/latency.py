"""P4: how long one event takes on an idle system, until its total can be read."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from statistics import quantiles

from benchmarks.bench import Bench
from benchmarks.heartbeats import Heartbeat, heartbeats
from benchmarks.registry import Measured, at_most, case

LONGEST_SECONDS = 30.0
#: Seconds between two looks at the total.
LOOK = 0.001
#: Seconds between two events: the system is idle again.
PAUSE = 0.1


@case(
    "P4",
    "one event on an idle system, from its POST until its total can be read",
    unit="ms",
    goals={"p50": at_most(25), "p99": at_most(60)},
)
def latency(bench: Bench) -> Iterator[Measured]:
    """Posts events of users of their own, and reads each total until it is there."""
    product = bench.product
    product.empty()
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=LONGEST_SECONDS)
    measured = []
    for number, heartbeat in enumerate(heartbeats(50 if bench.quick else 500, run="latency")):
        measured.append(1000 * _seconds_until_readable(connection, heartbeat, user=f"single-{number}"))
        time.sleep(PAUSE)
    connection.close()
    percentiles = quantiles(measured, n=100, method="inclusive")
    yield Measured("p50", percentiles[49])
    yield Measured("p99", percentiles[98], note=f"(longest {max(measured):.0f})")


def _seconds_until_readable(connection: http.client.HTTPConnection, heartbeat: Heartbeat, *, user: str) -> float:
    body = heartbeat.json(with_type=True).replace(heartbeat.user, user)
    started = time.monotonic()
    connection.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != 202:
        raise RuntimeError(f"An event was answered {response.status}.")
    while True:
        connection.request("GET", f"/v1/users/{user}/movies/{heartbeat.slug}/watch-time")
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            return time.monotonic() - started
        if time.monotonic() - started > LONGEST_SECONDS:
            raise RuntimeError(f"An event did not get through within {LONGEST_SECONDS:.0f} s; see {user}.")
        time.sleep(LOOK)

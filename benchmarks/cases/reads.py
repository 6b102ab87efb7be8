"""P5: reads beside ten million stored events."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from statistics import median, quantiles

from benchmarks.bench import Bench
from benchmarks.filled import MOVIES, USERS, fill
from benchmarks.http_load import Load, LoadProcess
from benchmarks.product import Product
from benchmarks.registry import Measured, at_most, case

CLIENTS = 8
REQUESTS = 1000
#: A user of number n has the movies of the pairs n, n + USERS …; these are the first.
ROUTES = {
    "movie": "/v1/movies/filled%20{movie}/watch-time",
    "user": "/v1/users/filled%20{user}/watch-time",
    "pair": "/v1/users/filled%20{user}/movies/filled%20{movie}/watch-time",
    "latest moment": "/v1/users/filled%20{user}/movies/filled%20{movie}/latest-moment",
    "movies of a user": "/v1/users/filled%20{user}/movies",
    "top movies": "/v1/watch-time/top?of=movies",
    "top users": "/v1/watch-time/top?of=users",
    "events": "/v1/events?limit=20",
    "events of a user": "/v1/events?user=filled%20{user}&limit=20",
    "materialized": "/materialized",
    "statistics": "/v1/stats",
    "operation": "/v1/operations/{operation}",
}


@case(
    "P5",
    f"reads by {CLIENTS} clients with 10,000,000 events and 1,000,000 pairs stored, and how they grow from 1,000,000",
    unit="ms, or times",
    goals={"p99": at_most(10), "growth": at_most(1.2)},
    long=True,
)
def reads(bench: Bench) -> Iterator[Measured]:
    """The slowest route counts: its percentile, and the growth of its median."""
    few, many = (10_000, 100_000) if bench.quick else (1_000_000, 10_000_000)
    bench.product.empty()
    operation = _one_operation(bench.product)
    found = {}
    for stored in (few, many):
        fill(bench.product, stored, pairs=few, say=bench.say)
        found[stored] = {
            name: _latencies(bench.product.port, route, operation, users=min(USERS, few))
            for name, route in ROUTES.items()
        }
        for name, latencies in found[stored].items():
            bench.say(f"{stored:,} events, {name}: p50 {median(latencies):.1f} ms, p99 {_p99(latencies):.1f} ms")
    p99 = {name: _p99(latencies) for name, latencies in found[many].items()}
    growth = {name: median(found[many][name]) / median(found[few][name]) for name in ROUTES}
    slowest, fastest_growing = max(p99, key=p99.__getitem__), max(growth, key=growth.__getitem__)
    yield Measured("p99", p99[slowest], note=f"({slowest})")
    yield Measured("growth", growth[fastest_growing], note=f"({fastest_growing})")


def _p99(latencies: list[float]) -> float:
    return quantiles(latencies, n=100, method="inclusive")[98]


def _latencies(port: int, route: str, operation: str, *, users: int) -> list[float]:
    """Milliseconds of each request; raises RuntimeError if one did not get 200."""
    arguments = {"route": route, "operation": operation, "users": users}
    report = LoadProcess(Load(port, gets, arguments, clients=CLIENTS)).report()
    if set(report.statuses) != {200}:
        raise RuntimeError(f"Not every read of {route} was answered: {dict(report.statuses)}.")
    return [1000 * seconds for seconds in report.latencies]


def gets(route: str, operation: str, users: int) -> list[bytes]:
    """Requests for users all over the table, each another one."""
    numbers = [number * 7919 % users for number in range(REQUESTS)]
    paths = [route.format(user=number, movie=number % MOVIES, operation=operation) for number in numbers]
    return [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]


def _one_operation(product: Product) -> str:
    """The id of an operation that is done, of a thousand events."""
    operation = str(uuid.uuid4())
    with product.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO operations (id, created_at, finished_at, total, handled, rejected, unsupported) "
            "VALUES (%s, now(), now(), 1000, 1000, 0, 0)",
            [operation],
        )
    return operation

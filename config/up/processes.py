"""The process table: which processes the product consists of, and how each is stopped."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from config.messaging import CONTROL, ENRICH, NOTIFY, WORK

CONTROL_THREADS = 4
NOTIFY_THREADS = 8
WEB_CONNECTIONS = 2048
"""Requests under way, per web worker; those that wait for an operation included."""


class StopStage(IntEnum):
    """The order in which processes are stopped: first what lets work in, then what does it, then what it needs."""

    INTAKE = 0
    CLOCK = 1
    WORKERS = 2
    SERVICES = 3


@dataclass(frozen=True)
class Process:
    """One entry of the table. A stopped process gets SIGTERM, and SIGKILL after `grace_seconds`."""

    name: str
    command: list[str]
    stop_stage: StopStage
    grace_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_migrations: bool = False
    """Started only when the migrations are done."""
    one_shot: bool = False
    """Ends by itself; its failure is the product's."""
    logs_events: bool = False
    """Writes the event log to its standard output."""


class Sizes(Protocol):
    """The settings that the table depends on."""

    WEB_WORKERS: int
    WORK_CONCURRENCY: int
    ENRICH_CONCURRENCY: int


def web_command(*, host: str, port: int, sizes: Sizes) -> list[str]:
    """The web server's command line."""
    return [
        *(sys.executable, "-m", "granian", "config.web.application:application"),
        *("--interface", "rsgi", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port)),
        # Clients that wait for an operation are connections, too.
        *("--workers", str(sizes.WEB_WORKERS), "--backpressure", str(WEB_CONNECTIONS)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10"),
        *("--http1-header-read-timeout", "10000", "--log-level", "error"),
    ]


def worker_command(queue: str, sizes: Sizes) -> list[str]:
    """The command line of the worker of one queue."""
    pool, concurrency = {
        CONTROL: ("threads", CONTROL_THREADS),
        ENRICH: ("threads", sizes.ENRICH_CONCURRENCY),
        NOTIFY: ("threads", NOTIFY_THREADS),
        WORK: ("prefork", sizes.WORK_CONCURRENCY),
    }[queue]
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker"),
        *("--queues", queue, "--hostname", f"{queue}@%h", "--pool", pool, "--concurrency", str(concurrency)),
        # Workers need not know of each other: PostgreSQL is where they meet.
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
    ]


def beat_command() -> list[str]:
    """The command line of the clock that sends the periodic tasks."""
    return [sys.executable, "-m", "celery", "--app", "config", "--quiet", "beat", "--pidfile=", "--loglevel", "WARNING"]


def process_table(*, host: str, port: int, sizes: Sizes, stub_port: int | None) -> list[Process]:
    """Every process that `up` starts, in the order of starting."""
    python = sys.executable
    table = [
        Process("prepare", [python, "manage.py", "prepare"], StopStage.INTAKE, 10, one_shot=True),
        Process("web", web_command(host=host, port=port, sizes=sizes), StopStage.INTAKE, 15),
    ]
    if stub_port is not None:
        stubs = [python, "-m", "config.stubs", "--port", str(stub_port)]
        table.append(Process("stubs", stubs, StopStage.SERVICES, 3))
    table += [
        Process(
            queue,
            worker_command(queue, sizes),
            StopStage.WORKERS,
            grace_seconds=25,
            # `prepare` has just run the checks, once for all.
            environment={"CELERY_SKIP_CHECKS": "1"},
            needs_migrations=True,
            logs_events=True,
        )
        for queue in (WORK, CONTROL, ENRICH, NOTIFY)
    ]
    table.append(Process("beat", beat_command(), StopStage.CLOCK, 5, needs_migrations=True))
    return table

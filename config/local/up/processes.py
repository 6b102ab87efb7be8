"""The process table: which processes the product consists of, and how each is stopped."""

import sys
from enum import IntEnum

from config.conf import Processes
from config.environment import read
from config.local.conf import LocalSettings
from config.local.supervision.program import Program
from config.messaging import CONTROL, ENRICH, NOTIFY, WORK

CONTROL_THREADS = 4
NOTIFY_THREADS = 8
ENRICH_THREADS = 4
"""They only hand chunks over to the threads that wait for outside services."""
WEB_CONNECTIONS = 2048
"""Requests under way, per web worker; those that wait for an operation included."""


SERVERS, PREPARED, READY = "servers", "prepare", "ready"
"""Milestones: the embedded servers take connections, the migrations are done, `/readyz` answers 200."""


class StopStage(IntEnum):
    """The order in which processes are stopped: first what sends work or lets it in, then what does it and needs it."""

    CLIENT = 0
    INTAKE = 1
    CLOCK = 2
    WORKERS = 3
    SERVICES = 4


def web_command(*, host: str, port: int) -> list[str]:
    """The web server's command line."""
    return [
        *(sys.executable, "-m", "granian", "config.web.application:application"),
        *("--interface", "rsgi", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port)),
        # Clients that wait for an operation are connections, too.
        *("--workers", str(read(Processes.WEB_WORKERS)), "--backpressure", str(WEB_CONNECTIONS)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10"),
        *("--http1-header-read-timeout", "10000", "--log-level", "error"),
    ]


def worker_command(queue: str) -> list[str]:
    """The command line of the worker of one queue."""
    pool, concurrency = {
        CONTROL: ("threads", CONTROL_THREADS),
        ENRICH: ("threads", ENRICH_THREADS),
        NOTIFY: ("threads", NOTIFY_THREADS),
        WORK: ("prefork", read(Processes.WORK_CONCURRENCY)),
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


def process_table(*, host: str, port: int, stub_port: int | None) -> list[Program]:
    """Every process that `up` starts, in the order of starting."""
    python = sys.executable
    prepare = [python, "manage.py", "prepare"]
    web = web_command(host=host, port=port)
    table = [
        Program(PREPARED, prepare, after=SERVERS, one_shot=True, stop_stage=StopStage.INTAKE),
        Program("web", web, stop_stage=StopStage.INTAKE, grace_seconds=15),
    ]
    if stub_port is not None:
        stubs = [python, "-m", "config.local.stubs", "--port", str(stub_port)]
        table.append(Program("stubs", stubs, stop_stage=StopStage.SERVICES, grace_seconds=3))
    table += [
        Program(
            queue,
            worker_command(queue),
            stop_stage=StopStage.WORKERS,
            grace_seconds=25,
            # `prepare` has just run the checks, once for all.
            environment={"CELERY_SKIP_CHECKS": "1"},
            after=PREPARED,
            logs_events=True,
        )
        for queue in (WORK, CONTROL, ENRICH, NOTIFY)
    ]
    table.append(Program("beat", beat_command(), stop_stage=StopStage.CLOCK, grace_seconds=5, after=PREPARED))
    if output := read(LocalSettings.ADS_OUTPUT):
        collect = [python, "manage.py", "collect_ads", "--output", output]
        table.append(Program("collect_ads", collect, stop_stage=StopStage.CLOCK, grace_seconds=5, after=PREPARED))
    return table


def demo(base_url: str) -> Program:
    """The demonstration; it may fail without harm, and draws on the terminal itself."""
    command = [sys.executable, "manage.py", "demo", base_url]
    return Program(
        "demo", command, stop_stage=StopStage.CLIENT, after=READY, one_shot=True, must_succeed=False, on_terminal=True
    )

"""`manage.py up`: check what can be checked, start everything, keep it running until told to stop."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

from config.conf import Web
from config.environment import read
from config.local.conf import DEFAULT_DATA_DIR
from config.local.embedded.data_directory import DataDirectory
from config.local.embedded.servers import EmbeddedServers, needed_servers
from config.local.stubs.addresses import free_port_if_needed, stub_addresses
from config.local.supervision.leftovers import mark_of
from config.local.supervision.output import Output
from config.local.supervision.program import Program
from config.local.supervision.supervisor import Supervisor
from config.local.up import preflight
from config.local.up.processes import PREPARED, READY, SERVERS, demo, process_table
from config.local.up.ready import Site

TICK = 0.5
"""Seconds between looks at the servers' host; the end of a child is noticed at once."""

STARTING_TICK = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--host", default="127.0.0.1", help="address the web server listens on")
    parser.add_argument("--port", type=_port, default=8000, help="port the web server listens on")
    parser.add_argument("--data-dir", help="where the servers keep their data [TIDEMARK_DATA_DIR or .tidemark]")
    parser.add_argument("--demo", action="store_true", help="send a little real input and print what came out")


def main(arguments: Sequence[str]) -> int:
    """Run the product; the process' exit code. Raises CannotStartError or DatabaseUnreachable."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole product on this machine.")
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """The same, with options that have been read."""
    started_at = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):  # until the supervisor takes over: nothing is running
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    directory = DataDirectory(options.data_dir or os.environ.get("TIDEMARK_DATA_DIR") or DEFAULT_DATA_DIR)
    os.environ["TIDEMARK_DATA_DIR"] = str(directory.path)
    servers = EmbeddedServers(directory, needed_servers())
    servers.check()
    mark = mark_of("up", directory.path)
    with preflight.up_lock(directory, mark):
        preflight.check_port(options.host, options.port)
        preflight.check_settings()
        site = Site(options.host, options.port, directory, free_port_if_needed(os.environ))
        table = process_table(host=site.host, port=site.port, stub_port=site.stub_port)
        if options.demo:
            table.append(demo(site.base_url))
        try:
            servers.start()
            return _supervise(table, mark, servers, site, started_at)
        finally:
            servers.stop()


def _supervise(
    table: Sequence[Program], mark: dict[str, str], servers: EmbeddedServers, site: Site, started_at: float
) -> int:
    """Keep everything running; the exit code once told to stop: 0, or 1 when preparing failed."""
    # Threads that allocate from arenas of their own would cost tens of megabytes a process.
    environment = {"MALLOC_ARENA_MAX": "2", "LOG_STYLE": "text", **os.environ, **mark}
    environment |= stub_addresses(os.environ, port=site.stub_port)
    environment["ALLOWED_HOSTS"] = ",".join([*read(Web.ALLOWED_HOSTS), *site.names])
    output = Output()
    supervisor = Supervisor(table, environment, output.say, output)
    threading.Thread(target=_announce, args=[supervisor, site, started_at], daemon=True).start()
    code = 0
    try:
        while not supervisor.stop_requests and code == 0:
            code = supervisor.look_after()
            servers.keep_hosted()
            if SERVERS not in supervisor.reached and servers.are_ready():
                supervisor.reach(SERVERS)
            supervisor.sleep(TICK if SERVERS in supervisor.reached else STARTING_TICK)
        if supervisor.stop_requests:
            output.say("up", "stopping; a second Ctrl-C kills at once")
    finally:
        supervisor.stop()
        output.finish()
    return code


def _announce(supervisor: Supervisor, site: Site, started_at: float) -> None:
    if site.wait_until_ready(lambda: PREPARED in supervisor.reached):
        site.print_panel(seconds=time.monotonic() - started_at)
        supervisor.reach(READY)


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number

"""`manage.py up`: read the command line, check, and hand over to the supervisor."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NoReturn

from config.commands import DEFAULT_DATA_DIR
from config.embedded.data_directory import DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.tenancy import Tenancy, needed_servers
from config.up import preflight
from config.up.announcement import Announcement
from config.up.environment import child_environment, needs_stubs
from config.up.exceptions import CannotStartError
from config.up.guard import Guard
from config.up.output import Output
from config.up.processes import Sizes, process_table
from config.up.supervisor import Supervisor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--host", default="127.0.0.1", help="address the web server listens on")
    parser.add_argument("--port", type=_port, default=8000, help="port the web server listens on")
    parser.add_argument("--data-dir", help="where the servers keep their data [TIDEMARK_DATA_DIR or .tidemark]")
    parser.add_argument("--demo", action="store_true", help="send a little real input and print what came out")


def main(arguments: Sequence[str]) -> int:
    """Run the product; the process' exit code."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole product on this machine.")
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Check, start the servers, supervise; every reason not to start is one line on standard error."""
    started_at = time.monotonic()
    directory = DataDirectory.at(options.data_dir or os.environ.get("TIDEMARK_DATA_DIR") or DEFAULT_DATA_DIR)
    os.environ["TIDEMARK_DATA_DIR"] = str(directory.path)
    try:
        servers = needed_servers()
        tenancy = Tenancy(directory, servers)
        tenancy.check()
        with preflight.take_up_lock(directory.up_lock) as lock:
            preflight.check_port(options.host, options.port)
            # Read only now: an environment of wrong values stops the program here, with a line of its own.
            from config import settings

            with _claimed(tenancy if servers else None):
                code = _supervise(options, settings, lock, tenancy if servers else None, started_at)
            lock.truncate(0)  # says to the next one that there is nothing to clear away
            return code
    except (CannotStartError, EmbeddedServersError) as error:
        print(error, file=sys.stderr)
        return 1


@contextlib.contextmanager
def _claimed(tenancy: Tenancy | None) -> Iterator[None]:
    """The embedded servers, ready; afterwards they are stopped unless somebody else uses them."""
    signal.signal(signal.SIGTERM, _exit_cleanly)
    signal.signal(signal.SIGINT, _exit_cleanly)
    if tenancy is None:
        yield
        return
    try:
        tenancy.claim()
        tenancy.wait_until_ready()
        yield
    finally:
        tenancy.release()
        tenancy.wait_until_stopped()


def _exit_cleanly(_number: int, _frame: object) -> NoReturn:
    """A signal before the supervisor has taken over: nothing but the servers is running."""
    raise SystemExit(0)


def _supervise(
    options: argparse.Namespace, sizes: Sizes, lock: IO[str], tenancy: Tenancy | None, started_at: float
) -> int:
    stub_port = preflight.free_port() if needs_stubs(os.environ) else None
    output, guard = Output(), Guard(lock.fileno())
    output.start()
    supervisor = Supervisor(
        process_table(host=options.host, port=options.port, sizes=sizes, stub_port=stub_port),
        environment=child_environment(os.environ, data_directory=Path(lock.name).parent, stub_port=stub_port),
        output=output,
        guard=guard,
        tenancy=tenancy,
    )
    announcement = Announcement(
        host=options.host,
        port=options.port,
        data_directory=Path(lock.name).parent,
        stub_port=stub_port,
        demo=options.demo,
        started_at=started_at,
        prepared=supervisor.prepared,
        guard=guard,
    )
    try:
        return supervisor.run(on_started=announcement.start)
    finally:
        guard.close()


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number

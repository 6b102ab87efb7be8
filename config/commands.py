"""Which management commands need servers, and how they get them."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.embedded.data_directory import DataDirectory
from config.embedded.exceptions import EmbeddedServersError
from config.embedded.tenancy import Tenancy, needed_servers

WITHOUT_SERVERS = frozenset(
    {"", "check", "generate", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"}
    | {"spectacular", "startapp", "startproject", "version"}
)
DEFAULT_DATA_DIR = Path(__file__).resolve().parent.parent / ".tidemark"


@contextmanager
def servers_for(arguments: Sequence[str]) -> Iterator[None]:
    """Within it, the embedded servers run if the command `arguments[1]` needs any."""
    servers = needed_servers()
    if not servers or not needs_servers(arguments[1:]):
        yield
        return
    tenancy = Tenancy(DataDirectory.at(os.environ.get("TIDEMARK_DATA_DIR") or DEFAULT_DATA_DIR), servers)
    try:
        tenancy.claim()
        tenancy.wait_until_ready()
    except EmbeddedServersError as error:
        sys.exit(str(error))
    try:
        yield
    finally:
        tenancy.release()
        tenancy.wait_until_stopped()


def needs_servers(arguments: Sequence[str]) -> bool:
    """Whether a command line (without the program) works on the database or Redis; most do."""
    command = arguments[0] if arguments else ""
    if command.startswith("-") or {"-h", "--help"} & set(arguments):
        return False
    if command == "makemigrations" and {"--check", "--dry-run"} & set(arguments):
        return False
    if command == "validate_ads" and any(argument.startswith("--serving") for argument in arguments):
        return False  # it reads files
    return command not in WITHOUT_SERVERS or "--database" in arguments

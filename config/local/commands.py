"""Which management commands need servers, and how they get them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from config.local.conf import DEFAULT_DATA_DIR
from config.local.embedded.data_directory import DataDirectory
from config.local.embedded.servers import EmbeddedServers, needed_servers

WITHOUT_SERVERS = frozenset(
    {"", "check", "generate", "collectstatic", "compilemessages", "diffsettings", "restore", "stubs"}
    | {"document_settings", "findstatic", "help", "makemessages", "spectacular", "startapp", "startproject", "version"}
)


@contextmanager
def servers_for(arguments: Sequence[str]) -> Iterator[None]:
    """Within it, the embedded servers run if the command `arguments[1]` needs any. Raises CannotStartError."""
    directory = DataDirectory(os.environ.get("TIDEMARK_DATA_DIR") or DEFAULT_DATA_DIR)
    servers = EmbeddedServers(directory, needed_servers() if needs_servers(arguments[1:]) else [])
    try:
        servers.start()
        servers.wait_until_ready()
        yield
    finally:
        servers.stop()


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

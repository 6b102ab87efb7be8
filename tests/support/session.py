"""The servers of a test session: those of the environment, else embedded ones in a directory of their own."""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from config.local.embedded.data_directory import DataDirectory
from config.local.embedded.servers import EmbeddedServers, needed_servers

# pytest-xdist names its workers gw0, gw1, …
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw"))
IS_CONTROLLER = WORKER < 0

DEFAULTS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    # With servers that are not ours these have other defaults, and the tests count on one set.
    "SECRET_KEY": "for tests only, " + "x" * 50,
    "EVENT_LOG": "off",
    "REQUIRE_API_KEY": "off",
    "LOG_STYLE": "text",
}


class SessionServers:
    """Prepared before Django's settings are read, since they follow from the environment."""

    def __init__(self) -> None:
        self._own: Path | None = None
        needed = needed_servers()
        if needed and IS_CONTROLLER:
            self._own = Path(tempfile.mkdtemp(prefix="tidemark-tests-"))
            os.environ["TIDEMARK_DATA_DIR"] = str(self._own)
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        self._directory = DataDirectory(os.environ.get("TIDEMARK_DATA_DIR") or tempfile.mkdtemp())
        self._servers = EmbeddedServers(self._directory, needed)
        if not IS_CONTROLLER:
            redis_url = os.environ.get("REDIS_URL") or self._directory.redis_url
            os.environ["REDIS_URL"] = _with_database(redis_url, 1 + WORKER % 15)

    def start(self) -> None:
        """Start the embedded servers, or join those that another process of the session started."""
        self._servers.start()
        self._servers.wait_until_ready()

    def stop(self) -> None:
        """Leave them; the last one out takes the data along."""
        self._servers.stop()
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)


def _with_database(redis_url: str, number: int) -> str:
    """The same Redis, another database: parallel test processes must not empty each other's."""
    address = urlsplit(redis_url)
    if address.scheme == "unix":
        return f"unix://{address.path}?db={number}"
    return address._replace(path=f"/{number}").geturl()

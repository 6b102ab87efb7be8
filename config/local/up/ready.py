"""What happens once `/readyz` answers 200: say where to look, and let the demonstration start."""

import http.client
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from socket import AF_INET, AF_INET6

from config.conf import Servers
from config.environment import read
from config.local.embedded.data_directory import DataDirectory

READY_SECONDS = 120.0
RESPONSE_SECONDS = 5.0
POLL_SECONDS = 0.05
EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
ADMIN_NAME = "admin"


@dataclass(frozen=True)
class Site:
    """Where the product is to be found."""

    host: str
    port: int
    directory: DataDirectory
    stub_port: int | None

    @property
    def base_url(self) -> str:
        """An address of the web server that works on this machine."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        return f"http://{_in_brackets(host)}:{self.port}"

    @property
    def names(self) -> list[str]:
        """What other machines call it by, as they write it in addresses; none where only this one reaches it."""
        if self.host not in EVERY_ADDRESS:
            return [] if self.host in {"localhost", "127.0.0.1", "::1"} else [_in_brackets(self.host)]
        import psutil  # needed here only, and would cost every start some megabytes

        found = (address for card in psutil.net_if_addrs().values() for address in card)
        addresses = {address.address for address in found if address.family in {AF_INET, AF_INET6}}
        return [socket.gethostname(), *sorted(map(_in_brackets, addresses - {"127.0.0.1", "::1"}))]

    def wait_until_ready(self, may_ask: Callable[[], bool]) -> bool:
        """Wait until the web server says that it is ready; False when that takes too long.

        Nothing is asked before `may_ask`: whoever starts needs the processors.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not (may_ask() and self._is_ready()):
            if time.monotonic() > deadline:
                print(f"Not ready after {READY_SECONDS:.0f} s; the lines above say why.", file=sys.stderr)
                return False
            time.sleep(POLL_SECONDS)
        return True

    def print_panel(self, *, seconds: float) -> None:
        """Print the addresses to standard error; standard output is the event log's."""
        # Imported late: rich takes a while, and before the product is ready others need the processors more.
        from rich.console import Console
        from rich.panel import Panel
        from rich.table import Table

        rows = Table.grid(padding=(0, 2))
        rows.add_row("API", self.base_url)
        for name in self.names[:1]:
            rows.add_row("", f"http://{name}:{self.port} from other machines")
        rows.add_row("Docs", f"{self.base_url}/docs")
        rows.add_row("Admin", f"{self.base_url}/admin/")
        password = self.directory.path / "admin-password"
        if read(Servers.DATABASE_URL) is None and password.exists():
            rows.add_row("", f"user {ADMIN_NAME}, password {password.read_text().strip()}")
        if self.stub_port:
            rows.add_row("Stubs", f"http://127.0.0.1:{self.stub_port} (outside services)")
        rows.add_row("Data", str(self.directory.path))
        rows.add_row("Stop", "Ctrl-C")
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(Panel.fit(rows, title=f"Tidemark is ready after {seconds:.1f} s", border_style="green"))

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(self.base_url.removeprefix("http://"), timeout=RESPONSE_SECONDS)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _in_brackets(host: str) -> str:
    """An address as it is written before a port: `[::1]`."""
    return f"[{host}]" if ":" in host else host

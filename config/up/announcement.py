"""What happens once, when the product is ready: say where to look, and run the demonstration if asked to."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from config.up.guard import Guard
from config.up.readiness import wait_until_ready

READY_SECONDS = 120.0
EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound


@dataclass
class Announcement:
    """Waits in a thread of its own, since the supervisor has other things to do."""

    host: str
    port: int
    data_directory: Path
    stub_port: int | None
    demo: bool
    started_at: float
    prepared: threading.Event
    guard: Guard

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        threading.Thread(target=self._announce, name="announcement", daemon=True).start()

    def _announce(self) -> None:
        self.prepared.wait()
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        base_url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        if not wait_until_ready(host, self.port, seconds=READY_SECONDS):
            print(f"Not ready after {READY_SECONDS:.0f} s; the lines above say why.", file=sys.stderr)
            return
        self._print_panel(base_url)
        if self.demo:
            self._run_demo(base_url)

    def _print_panel(self, base_url: str) -> None:
        # Imported late: rich takes a while, and before the product is ready others need the processors more.
        from config.up.panel import print_panel

        print_panel(
            base_url=base_url,
            data_directory=self.data_directory,
            admin_password=self.data_directory / "admin-password",
            stubs=f"http://127.0.0.1:{self.stub_port}" if self.stub_port else None,
            seconds=time.monotonic() - self.started_at,
        )

    def _run_demo(self, base_url: str) -> None:
        command = [sys.executable, "-m", "config.demo", base_url]
        demo = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2], start_new_session=True)  # noqa: S603
        self.guard.watch(demo.pid)
        demo.wait()
        self.guard.forget(demo.pid)

"""A whole product in processes of its own, as a user starts it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import requests

from config.local.embedded.data_directory import DataDirectory
from tests.support.processes.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]

# What the test session sets for itself must not reach a product that is started as a user starts it.
OURS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "TIDEMARK_DATA_DIR", "SECRET_KEY")

ROLES = {
    "web": "granian",
    "control": "--queues control",
    "enrich": "--queues enrich",
    "work": "--queues work",
    "notify": "--queues notify",
    "beat": " beat ",
    "stubs": "config.local.stubs",
    "host": "config.local.embedded",
    "up": "manage.py up",
    "postgres": "bin/postgres",
    "valkey": "valkey-server",
}
"""What a role's processes have in their command lines."""


class Tidemark:
    """`manage.py up` on a free port; its output goes to files."""

    def __init__(
        self,
        data_dir: Path,
        log: Path,
        environment: dict[str, str],
        arguments: tuple[str, ...] = (),
        root: Path = ROOT,
    ) -> None:
        self._root = root
        self.directory = DataDirectory(data_dir)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._stdout, self._stderr = log.with_suffix(".stdout"), log.with_suffix(".stderr")
        inherited = {name: value for name, value in os.environ.items() if name not in OURS and name != "EVENT_LOG"}
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), "--data-dir", str(data_dir), *arguments]
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                cwd=self._root,
                env=inherited | environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def __repr__(self) -> str:
        return f"manage.py up on {self.directory.path}"

    def stdout(self) -> str:
        """The event log so far."""
        return self._stdout.read_text(errors="replace")

    def stderr(self) -> str:
        """Everything else it printed so far."""
        return self._stderr.read_text(errors="replace")

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait until `/readyz` answers 200 and the panel is printed."""
        wait_until(self._is_ready, what=f"{self} is ready", seconds=seconds)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"{self} ended with exit code {self.process.returncode}: {self.stderr()}"
        return "is ready" in self.stderr() and self.status("/readyz") == 200

    def status(self, path: str) -> int | None:
        """The status of a GET; None without an answer."""
        try:
            return requests.get(self.base_url + path, timeout=10).status_code
        except requests.RequestException:
            return None

    def processes(self, role: str | None = None) -> list[psutil.Process]:
        """Every living process of this product, or those of a role, oldest first.

        Found by its data directory and not by descent, so that orphans are found too.
        """
        found = [process for process in psutil.process_iter() if self._is_ours(process)]
        if role is not None:
            found = [process for process in found if self._has_role(process, role)]
        return sorted(found, key=lambda process: (process.create_time(), process.pid))

    def pids(self, role: str | None = None) -> list[int]:
        """The ids of `processes`."""
        return [process.pid for process in self.processes(role)]

    def kill_tree(self) -> None:
        """`kill -9` of every process, until none is left."""

        def none_is_left() -> bool:
            for process in (processes := self.processes()):
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            return not processes

        wait_until(none_is_left, what=f"no process of {self} is left")
        self.process.wait()

    def kill_up(self) -> None:
        """`kill -9` of the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 60.0) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another management command on the same data."""
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        environment["TIDEMARK_DATA_DIR"] = str(self.directory.path)
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=self._root, env=environment, capture_output=True, text=True, check=False)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return (
                process.pid == self.process.pid
                or process.environ().get("TIDEMARK_DATA_DIR") == str(self.directory.path)
                or str(self.directory.path) in " ".join(process.cmdline())
                or str(self.directory.valkey_socket) in " ".join(process.cmdline())
                or process.cwd() == str(self.directory.postgres)
            ) and process.pid != os.getpid()
        except psutil.Error:
            return False

    @staticmethod
    def _has_role(process: psutil.Process, role: str) -> bool:
        try:
            command = " ".join(process.cmdline())
            # granian's workers are started by multiprocessing and named by their parent only.
            parent = process.parent()
            return ROLES[role] in command or (
                "multiprocessing" in command and parent is not None and ROLES[role] in " ".join(parent.cmdline())
            )
        except psutil.Error:
            return False


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""One server process under the host's care."""

import logging
import subprocess
import time

from config.embedded.exceptions import EmbeddedServersError
from config.embedded.server import Server, start_new_log

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
SETTLED_AFTER = 10.0
"""Seconds of life after which a server's next death counts as its first."""

START_ATTEMPTS = 12
"""With the pauses above, half a minute: processes of a killed server may keep its shared memory for a while."""

log = logging.getLogger(__name__)


class SupervisedServer:
    """Starts a server, starts it again when it dies, and stops it."""

    def __init__(self, server: Server) -> None:
        self.name = server.name
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = FIRST_PAUSE
        self._next_start = 0.0
        self._attempts = 0
        self._was_ready = False

    def start(self) -> None:
        """Start the process; raises EmbeddedServersError when what it needs cannot be prepared."""
        start_new_log(self._server.log)
        self._server.prepare()
        with self._server.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                self._server.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
            )
        self._started_at = time.monotonic()

    def has_started(self) -> bool:
        """Whether it serves clients; a process that ended meanwhile is started again.

        Raises EmbeddedServersError when it ended too often.
        """
        if self._was_ready:
            return True
        self.restart_if_dead()
        self._was_ready = self._process is not None and self._server.is_ready(self._process.pid)
        return self._was_ready

    def restart_if_dead(self) -> None:
        """Start it again when its process ended, with growing pauses."""
        if self._process is not None and self._process.poll() is None:
            return
        now = time.monotonic()
        if self._process is not None:
            self._note_death(now, self._process.returncode)
        if now >= self._next_start:
            self.start()

    def _note_death(self, now: float, code: int) -> None:
        if now - self._started_at > SETTLED_AFTER:
            self._pause, self._attempts = FIRST_PAUSE, 0
        self._attempts += 1
        if self._attempts >= START_ATTEMPTS and not self._was_ready:
            raise EmbeddedServersError(f"{self.name} does not start: {self._server.complaint()}")
        log.warning("%s ended with code %s and is started again in %.1f s", self.name, code, self._pause)
        self._process = None
        self._next_start = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        """Send the signal for a clean stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self._server.stop_signal)

    def wait_until_stopped(self) -> None:
        """Wait for the clean stop, and kill when it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(self._server.stop_seconds)
        except subprocess.TimeoutExpired:
            log.error("%s did not stop within %.0f s and is killed", self.name, self._server.stop_seconds)
            self._process.kill()
            self._process.wait()

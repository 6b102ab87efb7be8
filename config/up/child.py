"""One process of the table while it runs."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from config.up.guard import Guard
from config.up.output import Output
from config.up.processes import Process

ROOT = Path(__file__).resolve().parents[2]
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
SETTLED_AFTER = 10.0
"""Seconds of life after which the next death counts as the first."""


class Child:
    """Starts an entry of the table in a process group of its own, and starts it again when it dies."""

    def __init__(self, process: Process, environment: Mapping[str, str], output: Output, guard: Guard) -> None:
        self.process = process
        self.finished = False
        """A one-shot that succeeded."""
        self._environment = {**environment, **process.environment}
        self._output = output
        self._guard = guard
        self._running: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = FIRST_PAUSE
        self._next_start = 0.0

    @property
    def name(self) -> str:
        """The table's name for it."""
        return self.process.name

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it and hand its output and its group on."""
        self._running = subprocess.Popen(  # noqa: S603 - the command is ours
            self.process.command,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._guard.watch(self._running.pid)
        self._started_at = time.monotonic()
        if self._running.stdout is not None and self._running.stderr is not None:
            self._output.add(self._running.stdout, self.name, may_log_events=self.process.logs_events)
            self._output.add(self._running.stderr, self.name, may_log_events=False)

    def exit_code(self) -> int | None:
        """The code with which it ended just now; None when it runs, or when its end was seen before."""
        if self._running is None or self._running.poll() is None:
            return None
        code = self._running.returncode
        self._clear_group()
        return code

    def restart_later(self) -> float:
        """Plan the next start; the pause in seconds."""
        now = time.monotonic()
        if now - self._started_at > SETTLED_AFTER:
            self._pause = FIRST_PAUSE
        pause = self._pause
        self._next_start = now + pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return pause

    def start_if_due(self) -> None:
        """Start it when it is down and its pause is over."""
        if self._running is None and not self.finished and time.monotonic() >= self._next_start:
            self.start()

    def ask_to_stop(self) -> None:
        """Send the signal for a clean stop to its first process, which sees to the rest of the group."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill whatever is left of its group."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._clear_group()

    def _clear_group(self) -> None:
        """After its first process: kill orphans, such as a pool's processes, which would hold its port or its tasks."""
        if self._running is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._running.pid, signal.SIGKILL)
        self._guard.forget(self._running.pid)
        self._running = None

"""The process of a program."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from config.local.supervision import logs
from config.local.supervision.launcher import launcher
from config.local.supervision.output import Output
from config.local.supervision.program import Program

ROOT = Path(__file__).resolve().parents[3]
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
LEAST_GRACE = 2.0
SETTLED_AFTER = 10.0
"""Seconds of life after which the next death counts as the first."""


class Child:
    """Starts a program in a process group of its own, and starts it again when it dies."""

    def __init__(self, program: Program, environment: Mapping[str, str], output: Output | None = None) -> None:
        self.program = program
        self.deaths = 0
        """How often it died in a row, each time soon after it was started."""
        self.pause = 0.0
        """Seconds from its last end to its next start."""
        self._environment = {**environment, **program.environment}
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._ended_at = 0.0

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def start_if_due(self) -> None:
        """Start it unless it runs, has done what it is for, or has died a moment ago."""
        is_done = self.program.one_shot and self.deaths > 0
        if self._process is None and not is_done and time.monotonic() >= self._ended_at + self.pause:
            self.start()

    def exit_code(self) -> int | None:
        """The code with which it ended; None when it runs, or when its end was seen before."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self.kill()
        self._ended_at = time.monotonic()
        self.deaths = 1 if self._ended_at - self._started_at > SETTLED_AFTER else self.deaths + 1
        # Ten doublings are more than enough, and no number becomes too large.
        self.pause = min(FIRST_PAUSE * 2 ** min(self.deaths - 1, 10), LONGEST_PAUSE)
        return code

    def ask_to_stop(self) -> float:
        """Send the signal for a clean stop to its first process, which stops the rest of the group.

        Returns how many seconds that may take: what has just begun has nothing to finish, and may not listen yet.
        """
        if self._process is None or self._process.poll() is not None:
            return 0.0
        self._process.send_signal(self.program.stop_signal)
        return min(self.program.grace_seconds, max(LEAST_GRACE, time.monotonic() - self._started_at))

    def kill(self) -> None:
        """Kill what is left of its group: orphans such as a pool's processes would hold its port or its tasks."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def start(self) -> None:
        """Start it now."""
        program = self.program
        if program.prepare is not None:
            program.prepare()
        if program.log is not None:
            logs.start_new(program.log)
        passed_on = None if program.on_terminal else subprocess.PIPE
        with program.log.open("ab") if program.log else contextlib.nullcontext(passed_on) as sink:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                [*launcher(death_signal=program.death_signal, account=program.account), *program.command],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                pass_fds=program.inherits,
                start_new_session=True,
            )
        self._started_at = time.monotonic()
        if self._output is not None:
            self._output.pass_on(self._process.stdout, program.name, may_log_events=program.logs_events)
            self._output.pass_on(self._process.stderr, program.name, may_log_events=False)

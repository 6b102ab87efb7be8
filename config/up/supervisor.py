"""Keeps the processes of the table running, and stops them in order."""

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from config.embedded.tenancy import Tenancy
from config.up.child import Child
from config.up.guard import Guard
from config.up.output import Output
from config.up.processes import Process, StopStage

TICK = 0.5
"""Seconds between looks at the children; the end of one is noticed at once."""

STOPPING_TICK = 0.05


class Supervisor:
    """Runs the table until it is told to stop."""

    def __init__(
        self,
        table: Sequence[Process],
        *,
        environment: Mapping[str, str],
        output: Output,
        guard: Guard,
        tenancy: Tenancy | None,
    ) -> None:
        self._output = output
        self._guard = guard
        self._tenancy = tenancy
        self._children = [Child(process, environment, output, guard) for process in table]
        self._stop_requests = 0
        self.prepared = threading.Event()
        """Set when the one-shots have succeeded."""
        self._wake, self._waker = socket.socketpair()

    def run(self, *, on_started: Callable[[], None]) -> int:
        """Start everything, keep it running; the exit code once told to stop: 0, or 1 when preparing failed."""
        self._listen_to_signals()
        for child in self._children:
            if not child.process.needs_migrations:
                child.start()
        on_started()
        code = 0
        while not self._stop_requests and code == 0:
            code = self._look_after_children()
            if self._tenancy is not None:
                self._tenancy.keep_hosted()
            self._guard.keep()
            self._sleep(TICK)
        self._stop_all()
        return code

    def _look_after_children(self) -> int:
        """Start what is down; the exit code of a one-shot that failed, else 0."""
        for child in self._children:
            code = child.exit_code()
            if code is None:
                continue
            if child.process.one_shot:
                if code != 0:
                    self._output.say(child.name, f"failed with exit code {code}; stopping")
                    return 1
                child.finished = True
            else:
                pause = child.restart_later()
                self._output.say(child.name, f"ended with exit code {code}; starting it again in {pause:.1f} s")
        if all(child.finished for child in self._children if child.process.one_shot):
            self.prepared.set()
        for child in self._children:
            if self.prepared.is_set() or not child.process.needs_migrations:
                child.start_if_due()
        return 0

    def _stop_all(self) -> None:
        """Stage by stage; a second request ends all patience."""
        for stage in StopStage:
            children = [child for child in self._children if child.process.stop_stage is stage]
            for child in children:
                child.ask_to_stop()
            deadlines = {child.name: time.monotonic() + child.process.grace_seconds for child in children}
            while waiting := [child for child in children if child.is_running]:
                if self._stop_requests > 1:
                    break
                for child in waiting:
                    if time.monotonic() > deadlines[child.name]:
                        self._output.say(child.name, "did not stop in time and is killed")
                        child.kill()
                self._sleep(STOPPING_TICK)
            for child in children:
                child.kill()

    def _listen_to_signals(self) -> None:
        """Let signals wake the loop: stop requests, and the end of children."""
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _sleep(self, seconds: float) -> None:
        ready, _, _ = select.select([self._wake], [], [], seconds)
        if ready:
            os.read(self._wake.fileno(), 4096)

"""Keeps programs running, and stops them in order."""

import queue
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from config.local.supervision.child import Child
from config.local.supervision.output import Output
from config.local.supervision.program import Program

STOPPING_TICK = 0.05
Say: TypeAlias = Callable[[str, str], None]
"""Takes the name of a program, and what is to be said about it."""


class Supervisor:
    """Starts programs, and again when they die, until it is told to stop. To be made and used in the main thread."""

    def __init__(
        self, programs: Sequence[Program], environment: Mapping[str, str], say: Say, output: Output | None = None
    ) -> None:
        self.children = [Child(program, environment, output) for program in programs]
        self.stop_requests = 0
        self.reached = {""}
        """The milestones that have been reached."""
        self._say = say
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: self._wake.put(None))

    def reach(self, milestone: str) -> None:
        """Let the programs start that waited for it; any thread may call this."""
        self.reached.add(milestone)
        self._wake.put(None)

    def look_after(self) -> int:
        """Start what is due; the exit code of a one-shot that had to succeed and did not, else 0."""
        for child in self.children:
            code = child.exit_code()
            if code is not None and (failure := self._note_end(child, code)):
                return failure
        for child in self.children:
            if child.program.after in self.reached:
                child.start_if_due()
        return 0

    def sleep(self, seconds: float) -> None:
        """Wait; a signal, the end of a child or a milestone ends it early."""
        with suppress(queue.Empty):
            self._wake.get(timeout=seconds)

    def stop(self) -> None:
        """Stop everything, stage by stage; a second request to stop ends all patience."""
        for stage in sorted({child.program.stop_stage for child in self.children}):
            children = [child for child in self.children if child.program.stop_stage == stage]
            deadline = time.monotonic() + max([child.ask_to_stop() for child in children])
            while self.stop_requests < 2 and (running := [child for child in children if child.is_running]):
                if time.monotonic() > deadline:
                    self._say(", ".join(child.program.name for child in running), "did not stop in time: killed")
                    break
                self.sleep(STOPPING_TICK)
            for child in children:
                child.kill()

    def _note_end(self, child: Child, code: int) -> int:
        program = child.program
        if not program.one_shot:
            self._say(program.name, f"ended with exit code {code}; starting it again in {child.pause:.1f} s")
        elif code == 0:
            self.reached.add(program.name)
        elif program.must_succeed:
            self._say(program.name, f"failed with exit code {code}; stopping")
            return 1
        return 0

    def _request_stop(self, _number: int, _frame: object) -> None:
        self.stop_requests += 1
        self._wake.put(None)

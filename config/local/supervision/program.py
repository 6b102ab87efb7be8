"""What a supervisor knows of a program."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.local.supervision.launcher import Account


@dataclass(frozen=True)
class Program:
    """How a program is started, stopped and restarted, and what becomes of its output."""

    name: str
    command: Sequence[str]
    grace_seconds: float = 10.0
    """How long a clean stop may take before it is killed."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_stage: int = 0
    """Lower stages are stopped first."""
    death_signal: signal.Signals | None = signal.SIGKILL
    """What it gets when whoever started it dies; None: it lives on."""
    account: Account | None = None
    """Who runs it; None: whoever runs the supervisor."""
    environment: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    """A milestone: it is started only when that is reached. A one-shot that succeeds is one."""
    one_shot: bool = False
    """Ends by itself and is not started again."""
    must_succeed: bool = True
    """A one-shot whose failure is the supervisor's."""
    prepare: Callable[[], None] | None = None
    """What is done before each start."""
    inherits: Sequence[int] = ()
    """File descriptors that stay open in it."""
    log: Path | None = None
    """The file that its output goes to; else it is passed on."""
    complaint: str = ""
    """What lines of its log contain that say why it ended."""
    logs_events: bool = False
    """Its standard output may be the event log's."""
    on_terminal: bool = False
    """It shares the supervisor's output, as a program that draws needs it."""

"""An event type that does harm on demand, for the fault tests; the workers load it through EXTRA_EVENT_TYPES.

FAULTS_DIRECTORY names a directory: while the file `cured` is not in it, an event that says `"harm": "raise"` raises and
one that says `"harm": "kill"` kills its process, both when they are aggregated. Each task that begins adds a line to
the file `tasks`: its name, its id and its first argument.
"""

import os
import signal
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from celery.signals import task_prerun

from events.projections import projections
from events.records import EventRecord
from events.types.base import EventData, Key
from events.types.registry import event_type

DIRECTORY = Path(os.environ["FAULTS_DIRECTORY"])
CURED = DIRECTORY / "cured"
TASKS = DIRECTORY / "tasks"


class PoisonError(Exception):
    """What a harmful event raises."""


@event_type("poison", user="user")
class Poison(EventData, frozen=True):
    """An event that may do harm."""

    user: Key
    harm: Annotated[str, msgspec.Meta(description="none, raise or kill")] = "none"


class PoisonProjection:
    """Does the harm after every other projection has done its work."""

    lock_rank = 1000

    def apply(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        for record in records:
            if record.type == "poison" and not CURED.exists():
                _harm(msgspec.json.decode(record.data, type=Poison).harm, record.user)

    def repair(self, records: Sequence[EventRecord], *, now: datetime) -> None:
        """Nothing to repair."""


def _harm(harm: str, user: str) -> None:
    if harm == "raise":
        raise PoisonError(f"the event of {user} is poison")
    if harm == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def note_task(*, task_id: str, task: Any, args: Sequence[object], **_: object) -> None:
    """One line, written by one system call."""
    line = f"{task.name} {task_id} {args[0] if args else '-'}\n"
    with os.fdopen(os.open(TASKS, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a") as file:
        file.write(line)


projections.add("poison", PoisonProjection())
task_prerun.connect(note_task, dispatch_uid="note_task")

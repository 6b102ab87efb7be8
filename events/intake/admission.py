"""Whether events may come in."""

from __future__ import annotations

from events.intake.back_pressure import back_pressure
from events.intake.runner import Runner


async def admit(runner: Runner) -> None:
    """Raises RequestProblem unless events may come in.

    Every request that brings some passes here, whichever way the web server serves it.
    """
    if back_pressure.is_look_due():
        await runner.run(back_pressure.look)
    back_pressure.require_room()

"""Whether events may come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from events.conf import conf
from events.exceptions import Unavailable
from events.intake.back_pressure import back_pressure
from events.intake.runner import Runner


async def admit(runner: Runner) -> None:
    """Raises RequestProblem unless events may come in.

    Every request that brings some passes here, whichever way the web server serves it.
    """
    if back_pressure.is_look_due():
        await runner.run(back_pressure.look)
    back_pressure.require_room()


class RequestsUnderWay:
    """How many requests with events the event loop works on. More are refused at once, rather than made to wait."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Counts a request while it is served; raises Unavailable beyond MAX_REQUESTS_UNDER_WAY."""
        if self._count >= conf.MAX_REQUESTS_UNDER_WAY:
            raise Unavailable("Too many requests come in at the moment; nothing was accepted.", code="busy")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

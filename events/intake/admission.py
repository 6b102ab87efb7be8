"""Whether events may come in, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from events.access import door
from events.access.principals import Principal
from events.access.routes import Access
from events.access.scopes import Scope
from events.conf import conf
from events.exceptions import Unavailable
from events.intake.back_pressure import back_pressure
from events.intake.body import IntakeRequest
from events.intake.runner import Runner


async def admit(request: IntakeRequest, access: Access, runner: Runner) -> Principal:
    """Who sends a request that brings events; raises RequestProblem unless they may come in.

    Every such request passes here, whichever way the web server serves it.
    """
    needs_key = access.needs_key(Scope.INGEST)
    found = door.recognize(request.headers.get("HTTP_AUTHORIZATION"), needs_key=needs_key)
    principal = found if isinstance(found, Principal) else await runner.run(partial(door.look_up, found))
    door.require(principal, Scope.INGEST)
    door.require_origin(principal, request.headers.get("HTTP_ORIGIN"))
    if back_pressure.is_look_due():
        await runner.run(back_pressure.look)
    back_pressure.require_room()
    return principal


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

"""The fast path: requests that bring events in are served on the event loop, without Django's handler.

A view receives them by the coroutine that its `post` calls, too. What Django's middleware does for other requests is
done here, as far as these need it: the host is checked, and responses have the same headers. A request that needs more
takes the usual way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from config.web.replies import Reply, usual_headers
from config.web.routes import Route
from events.api.intake import ACCEPTED, Accepted
from events.api.problems import response_to, server_error
from events.api.responses import JSON
from events.database import checked_connection
from events.intake.admission import RequestsUnderWay
from events.intake.body import IntakeRequest
from events.intake.group_commit import GroupCommit

logger = logging.getLogger(__name__)

T = TypeVar("T")


class OnEventLoop:
    """Runs in threads what may block, and commits events of several requests together (events.intake.runner)."""

    def __init__(self, threads: Executor, group_commit: GroupCommit) -> None:
        self._threads = threads
        self.commit = group_commit.commit

    async def run(self, function: Callable[[], T]) -> T:
        """The function's result, or what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_database, function)


def _with_database(function: Callable[[], T]) -> T:
    with checked_connection():
        return function()


class FastPath:
    """Serves the requests that have a route here."""

    def __init__(self, threads: Executor, group_commit: GroupCommit) -> None:
        self._runner = OnEventLoop(threads, group_commit)
        self._under_way = RequestsUnderWay()

    async def reply(self, route: Route, request: IntakeRequest) -> Reply:
        """The response to a request whose body has been read."""
        usual = usual_headers(request.headers.get("HTTP_ORIGIN", ""))
        try:
            accepted = await self._receive(route, request)
        except Exception as error:
            return Reply.of(_response_to(error), *usual)
        headers = [("content-type", JSON), ("location", accepted.location), *accepted.quota.items(), *usual]
        return Reply(ACCEPTED, headers, accepted.json)

    async def _receive(self, route: Route, request: IntakeRequest) -> Accepted:
        with self._under_way.one_more():
            return await route.view.receive(request, self._runner, **route.arguments)


def _response_to(error: Exception) -> HttpResponse:
    response = response_to(error)
    if response is None:
        logger.error("A request failed.", exc_info=error)
        response = server_error(HttpRequest())
    return response

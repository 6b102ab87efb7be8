"""What granian serves: `config.web.application:application`, by RSGI.

Views are synchronous and run in a few threads, each with its database connection; those that do nothing that blocks
run on the event loop, and so do requests that bring events in (`fast_path`). Bodies are read before a thread is taken,
and streaming responses are sent from the event loop, so that clients who are slow, or wait, take no thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

from celery.platforms import set_pdeathsig  # type: ignore[attr-defined] # its types lack it
from django.core.wsgi import get_wsgi_application
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
handler = get_wsgi_application()

# Only now: they need Django's settings.
from django.http import HttpResponseBase, StreamingHttpResponse  # noqa: E402

from config.web.bodies import BodyMemory, Share, read_body  # noqa: E402
from config.web.environ import environ_of, meta_of  # noqa: E402
from config.web.fast_path import FastPath  # noqa: E402
from config.web.replies import BODY_IS_LEFT, Reply, usual_headers  # noqa: E402
from config.web.routes import fast_route, runs_on_event_loop  # noqa: E402
from config.web.streaming import send_stream  # noqa: E402
from events.api.problems import problem_response  # noqa: E402
from events.conf import conf  # noqa: E402
from events.exceptions import RequestProblem  # noqa: E402
from events.intake.body import IntakeRequest  # noqa: E402
from events.intake.group_commit import GroupCommit  # noqa: E402

#: Views that run at the same time, per process.
THREADS = 16
#: How many bodies of the largest size a process holds at the same time.
LARGEST_BODIES = 16


class Application:
    """One per worker process of granian."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="view")
        self._body_memory = BodyMemory(LARGEST_BODIES * conf.MAX_BODY_BYTES)
        self._group_commit = GroupCommit()
        self._fast_path = FastPath(self._threads, self._group_commit)

    def __rsgi_init__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Called in each worker when it starts."""
        # A master that is killed cannot end its workers, and they would go on holding the port.
        set_pdeathsig("SIGKILL")
        self.start()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Called in each worker when it stops."""
        self.stop()

    def start(self) -> None:
        """Before the first request."""
        self._group_commit.start()

    def stop(self) -> None:
        """After the last one; ends the threads, and with them their database connections."""
        self._group_commit.stop()
        self._threads.shutdown()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """One request."""
        try:
            reply = await self._reply(scope, protocol)
        except (ProtocolError, ProtocolClosed):
            return  # the client went away while it sent the body
        if isinstance(reply, Reply):
            protocol.response_bytes(*reply)
            return
        try:
            await send_stream(scope, protocol, reply, self._threads)
        finally:
            reply.close()

    async def _reply(self, scope: Scope, protocol: HTTPProtocol) -> Reply | StreamingHttpResponse:
        """Reads the body and runs the view; what the body took is given back when the view is over."""
        meta, method, path = meta_of(scope), scope.method, scope.path
        with Share(self._body_memory) as share:
            try:
                body = await read_body(meta, protocol, share)
            except RequestProblem as problem:
                return Reply.of(problem_response(problem), *usual_headers(meta.get("HTTP_ORIGIN", "")), BODY_IS_LEFT)
            route = fast_route(method, path, meta)
            if route is not None:
                return await self._fast_path.reply(route, IntakeRequest(path, meta, body))
            environ = environ_of(scope, meta, body)
            return _call_django(environ) if runs_on_event_loop(method, path) else await self._run_view(environ)

    async def _run_view(self, environ: dict[str, Any]) -> Reply | StreamingHttpResponse:
        running = self._threads.submit(_call_django, environ)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            running.add_done_callback(_close_response)  # the view may still be at work
            raise


def _call_django(environ: dict[str, Any]) -> Reply | StreamingHttpResponse:
    response: HttpResponseBase = handler(environ, _start_response)
    # Responses refer to their requests, and some are sent for an hour: they must not keep the body.
    environ["wsgi.input"].close()
    if isinstance(response, StreamingHttpResponse):
        return response
    with closing(response):
        return Reply.of(response)


def _start_response(_status: str, _headers: object, _error: object = None, /) -> Callable[[bytes], object]:
    """WSGI's way to begin a response; ours is sent from the response itself."""
    return lambda _data: None


def _close_response(finished: Future[Reply | StreamingHttpResponse]) -> None:
    if not finished.cancelled() and isinstance(response := finished.result(), StreamingHttpResponse):
        response.close()


application = Application()

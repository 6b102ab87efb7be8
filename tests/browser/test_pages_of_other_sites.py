"""Web pages of other sites send events: by fetch, as CORS allows it, and by navigator.sendBeacon."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

FETCH = """async ([url, key, event]) => {
    const headers = {"Authorization": `Bearer ${key}`, "Content-Type": "application/json", "Idempotency-Key": "once"};
    try {
        const response = await fetch(url, {method: "POST", headers, body: JSON.stringify(event)});
        return [response.status, response.headers.get("Location"), response.headers.get("RateLimit")];
    } catch (error) {
        return [error.name];
    }
}"""
BEACON = "([url, event]) => navigator.sendBeacon(url, JSON.stringify(event))"


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page</title>")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def site() -> Iterator[str]:
    """A web site of its own; its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def sites() -> Iterator[tuple[str, str]]:
    """The origins of two sites: one that may send events, and one that may not."""
    with ExitStack() as stack:
        yield stack.enter_context(site()), stack.enter_context(site())


def event(user: str) -> dict[str, Any]:
    return {"type": "heartbeat", "user": user, "slug": "alien", "at": 10}


def test_pages_of_an_origin_that_may_send_events_do_and_others_do_not(
    page: "Page", start_tidemark: Callable[..., Tidemark], sites: tuple[str, str]
) -> None:
    shop, elsewhere = sites
    tidemark = start_tidemark(environment={"REQUIRE_API_KEY": "on", "CORS_ALLOWED_ORIGINS": shop})

    def made(name: str, *options: str) -> str:
        return tidemark.manage("create_api_key", name, *options).stdout.split()[-1]

    publishable = made("page", "--scope", "ingest", "--origin", shop, "--limit", "10/h")
    reading = {"Authorization": f"Bearer {made('reader', '--scope', 'read')}"}
    events, beacon = f"{tidemark.base_url}/v1/events", f"{tidemark.base_url}/v1/beacon?key={publishable}"

    def users() -> set[str]:
        stored = requests.get(events, params={"type": "heartbeat"}, headers=reading, timeout=30).json()
        return {one["user"] for one in stored["results"]}

    page.goto(elsewhere)
    assert page.evaluate(FETCH, [events, publishable, event("fetched elsewhere")]) == ["TypeError"]
    with page.expect_response(beacon) as refused:
        assert page.evaluate(BEACON, [beacon, event("sent from elsewhere")])
    assert refused.value.status == 403

    page.goto(shop)
    status, location, left = page.evaluate(FETCH, [events, publishable, event("fetched")])
    assert (status, location.startswith("/v1/events/"), left.split(";")[1]) == (202, True, "r=9")
    assert page.evaluate(BEACON, [beacon, event("sent")])
    page.goto("about:blank")  # a beacon outlives its page
    wait_until(lambda: users() == {"fetched", "sent"}, what="what the shop sent is stored, and nothing else")
    assert publishable[12:] not in tidemark.stdout() + tidemark.stderr()

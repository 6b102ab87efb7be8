"""Every page works in a real browser under its Content-Security-Policy: it does nothing forbidden."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVENTS = [
    {"type": "heartbeat", "user": "ann", "slug": "alien", "at": 1, "id": "1"},
    {"type": "heartbeat", "user": "ann", "slug": "alien", "at": 1, "id": "1"},
    {"type": "heartbeat", "user": "bad"},
    {"type": "mystery"},
    {"type": "app_launch", "user_id": "jane", "device_id": "phone", "time_stamp": "2021-02-28 16:22:52"},
]
POLICY = {
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"),
    *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
}


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    folder = tmp_path_factory.mktemp("policy")
    tidemark = Tidemark(folder / "data", folder / "up", {"WEB_WORKERS": "1", "WORK_CONCURRENCY": "1"})
    tidemark.wait_until_ready()
    assert requests.post(f"{tidemark.base_url}/v1/events", json=EVENTS, timeout=10).status_code == 202
    count = f"{tidemark.base_url}/v1/stats"
    wait_until(lambda: requests.get(count, timeout=10).json()["total_events"] >= 2, what="the events are processed")
    yield tidemark
    tidemark.kill_tree()
    print(tidemark.stderr()[-5000:])


class Visitor:
    """Looks at pages, and at what the browser says about them."""

    def __init__(self, page: "Page", base_url: str) -> None:
        self.page = page
        self._base_url = base_url
        self._said: list[str] = []
        page.on("console", lambda message: self._said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._said.append(str(error)))

    def visit(self, path: str, *, status: int = 200) -> None:
        response = self.page.goto(self._base_url + path, wait_until="networkidle")
        assert response is not None
        assert response.status == status, path
        assert set(response.headers["content-security-policy"].split("; ")) == POLICY
        self.is_satisfied(path, but=f"status of {status}")

    def is_satisfied(self, path: str, *, but: str = "nothing") -> None:
        """A page with an error's status is an error to the console, too."""
        said, self._said = [each for each in self._said if but not in each], []
        assert said == [], f"the browser on {path}: {said}"

    def links(self) -> list[str]:
        """The pages of the admin that the page at hand leads to."""
        found = [link.get_attribute("href") or "" for link in self.page.locator("#content a, #header a").all()]
        return [path for path in dict.fromkeys(found) if path.startswith("/admin/")]


def log_in(visitor: Visitor, tidemark: Tidemark, *, to: str) -> None:
    visitor.visit(f"/admin/login/?next={to}")
    visitor.page.get_by_label("Username").fill("admin")
    visitor.page.get_by_label("Password").fill((tidemark.directory.path / "admin-password").read_text())
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.page.wait_for_selector("text=Log out")


def test_every_page_of_the_admin(page: "Page", tidemark: Tidemark) -> None:
    visitor = Visitor(page, tidemark.base_url)
    log_in(visitor, tidemark, to="/admin/")
    pages = visitor.links()
    assert {"/admin/events/event/", "/admin/events/chunk/add/"} & set(pages) == {"/admin/events/event/"}
    rows = []
    for path in pages:
        visitor.visit(path)
        rows += [link for link in visitor.links() if link.endswith("/change/")][:1]
    assert {re.sub(r"[^/]+/change/$", "", row) for row in rows} >= {
        *("/admin/auth/user/", "/admin/events/event/", "/admin/events/failedevent/", "/admin/events/operation/"),
        *("/admin/events/unsupportedevent/", "/admin/notifications/notification/", "/admin/watchtime/pairtotal/"),
    }
    for row in rows:
        visitor.visit(row)
    visitor.visit("/admin/nowhere/", status=404)

    # and what is styled by a file is styled
    visitor.visit(next(row for row in rows if "/events/event/" in row))
    assert page.locator("pre").first.evaluate("each => getComputedStyle(each).whiteSpace") == "pre-wrap"


def test_a_calendar_opens_and_an_action_is_confirmed(page: "Page", tidemark: Tidemark) -> None:
    """Scripts of the admin do what they do for a person."""
    visitor = Visitor(page, tidemark.base_url)
    log_in(visitor, tidemark, to="/admin/casino/player/add/")
    page.locator(".date-icon").click()
    page.locator(".calendarbox >> text=15").click()
    assert page.locator("#id_last_signed_in_at_0").input_value().endswith("-15")
    page.get_by_role("link", name="Now").click()
    page.locator("#id_id").fill("11")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#action-toggle").check()
    assert "1 of 1 selected" in page.locator(".action-counter").inner_text()
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go").click()
    page.locator("input[type=submit]").click()
    page.wait_for_selector("text=Successfully deleted 1 player")
    visitor.is_satisfied("the pages of players")


def test_a_key_is_shown_when_it_is_made(page: "Page", tidemark: Tidemark) -> None:
    visitor = Visitor(page, tidemark.base_url)
    log_in(visitor, tidemark, to="/admin/access/apikey/add/")
    page.locator("#id_name").fill("shop")
    page.get_by_label("ingest").check()
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.locator("pre").inner_text().startswith("tdm_")
    visitor.is_satisfied("the page of the new key")


def test_the_page_for_whoever_is_locked_out(page: "Page", tidemark: Tidemark) -> None:
    visitor = Visitor(page, tidemark.base_url)
    for _ in range(5):
        visitor.visit("/admin/login/")
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("Password").fill("nothing")
        page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("text=Try again in 15 minutes")
    visitor.is_satisfied("the page after the lock-out", but="status of 429")


def test_docs_show_a_request_and_send_it(page: "Page", tidemark: Tidemark) -> None:
    visitor = Visitor(page, tidemark.base_url)
    visitor.visit("/docs")
    request = page.locator(".opblock-get", has_text="/v1/event-types").first
    request.locator(".opblock-summary-control").click()
    request.get_by_role("button", name="Try it out").click()
    request.get_by_role("button", name="Execute").click()
    assert request.locator(".live-responses-table tr.response .response-col_status").inner_text() == "200"
    visitor.is_satisfied("/docs")

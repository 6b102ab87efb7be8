"""/docs as a person uses it: every POST is filled with an example that is accepted as it stands."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.processes.tidemark import Tidemark

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROUTES = {"/", "/v1/beacon", "/v1/event", "/v1/events", "/v1/events/{type_name}", "/event", "/event_collector"}
MEDIA_TYPES = {
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/x-www-form-urlencoded",
    "text/plain",
}


def test_execute_is_accepted_on_every_post_and_with_every_media_type(
    page: "Page", start_tidemark: Callable[..., Tidemark]
) -> None:
    tidemark = start_tidemark()
    page.goto(f"{tidemark.base_url}/docs")
    page.wait_for_selector(".opblock-post")

    routes, media_types = set(), set()
    for request in page.locator(".opblock-post").all():
        request.locator(".opblock-summary-control").click()
        request.get_by_role("button", name="Try it out").click()
        path = request.locator(".opblock-summary-path").inner_text().replace("\u200b", "")
        routes.add(path)
        choice = request.locator(".opblock-section-request-body select.content-type")
        for media_type in choice.locator("option").all_inner_texts():
            choice.select_option(media_type)
            media_types.add(media_type)
            answer = executed(request)
            assert is_accepted(answer), f"POST {path} as {media_type}: {answer}"
    assert routes == ROUTES
    assert media_types == MEDIA_TYPES


def test_a_key_goes_out_with_requests_once_it_is_entered(page: "Page", start_tidemark: Callable[..., Tidemark]) -> None:
    tidemark = start_tidemark(environment={"REQUIRE_API_KEY": "on"})
    key = tidemark.manage("create_api_key", "shop", "--scope", "read").stdout.strip()
    page.goto(f"{tidemark.base_url}/docs")
    request = page.locator(".opblock-get", has_text="/v1/stats")
    request.locator(".opblock-summary-control").click()
    request.get_by_role("button", name="Try it out").click()
    assert executed(request).startswith("401")

    page.get_by_role("button", name="Authorize").first.click()
    form = page.locator(".auth-container")
    form.locator("input").fill(key)
    form.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").last.click()
    assert executed(request).startswith("200")


def executed(request: "Locator") -> str:
    """Presses Execute; status and body of the response."""
    if (clear := request.get_by_role("button", name="Clear")).count():
        clear.click()
    body = request.locator(".opblock-section-request-body textarea")
    if body.count():
        assert "2147483647" not in body.input_value()
    request.get_by_role("button", name="Execute").click()
    row = request.locator(".live-responses-table tbody tr.response")
    row.wait_for()
    return f"{row.locator('.response-col_status').inner_text()} {row.locator('.response-col_description').inner_text()}"


def is_accepted(answer: str) -> bool:
    """The collector of ads answers 200 and says in words what it thinks."""
    return answer.startswith("202") or (answer.startswith("200") and "event saved" in answer)

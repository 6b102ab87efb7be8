"""The API does without what only pages need."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.module_loading import import_string


def seen_through_middleware(path: str) -> HttpRequest:
    """The request as a view at `path` sees it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    handler = view
    for name in reversed(settings.MIDDLEWARE):
        handler = import_string(name)(handler)
    handler(RequestFactory().get(path))
    return seen[0]


@pytest.mark.parametrize("path", ["/admin/", "/docs", "/dashboard"])
def test_pages_have_sessions_and_users(path: str) -> None:
    request = seen_through_middleware(path)
    assert hasattr(request, "session")
    assert hasattr(request, "user")


@pytest.mark.parametrize("path", ["/", "/v1/events", "/event", "/event_collector", "/materialized"])
def test_the_api_has_none(path: str) -> None:
    request = seen_through_middleware(path)
    assert not hasattr(request, "session")
    assert not hasattr(request, "user")

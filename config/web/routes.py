"""Which requests are served on the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from rest_framework.views import APIView

from events.api.intake import IntakeView
from events.api.routing import all_routes


class Route(NamedTuple):
    """Who receives the events of a request: a view, and what the path tells it."""

    view: IntakeView
    arguments: dict[str, Any]


def fast_route(method: str, path: str, meta: Mapping[str, str]) -> Route | None:
    """Where a request is served on the fast path; None if it takes the usual way.

    Args:
        meta: its headers, named as in `HttpRequest.META`.
    """
    if method != "POST" or not _is_allowed_host(meta.get("HTTP_HOST", "")):
        return None
    if settings.SECURE_SSL_REDIRECT and meta.get("HTTP_X_FORWARDED_PROTO") != "https":
        return None
    return _intake_route(path)


def runs_on_event_loop(method: str, path: str) -> bool:
    """Whether the view of a request does nothing that blocks."""
    view = _views_by_path().get(path)
    return getattr(getattr(view, method.lower(), None), "runs_on_event_loop", False)


@lru_cache(maxsize=256)
def _intake_route(path: str) -> Route | None:
    try:
        match = resolve(path)
    except Resolver404:
        return None
    view_class, given = getattr(match.func, "view_class", None), getattr(match.func, "view_initkwargs", {})
    if view_class is None or not issubclass(view_class, IntakeView):
        return None
    return Route(view_class(**given), match.kwargs)


@lru_cache(maxsize=256)
def _is_allowed_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@cache
def _views_by_path() -> dict[str, type[APIView]]:
    """The views whose paths have no parameters."""
    return {route.path: route.view for route in all_routes() if route.view is not None}

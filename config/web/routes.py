"""Which requests are served on the event loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from rest_framework.views import APIView

from events.api.intake import IntakeView


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
    view_class = getattr(match.func, "view_class", None)
    return Route(view_class(), match.kwargs) if view_class and issubclass(view_class, IntakeView) else None


@lru_cache(maxsize=256)
def _is_allowed_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@cache
def _views_by_path() -> dict[str, type[APIView]]:
    """The views whose paths have no parameters."""
    return dict(_views_of(get_resolver().url_patterns, "/"))


def _views_of(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, type[APIView]]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views_of(pattern.url_patterns, path)
        elif hasattr(pattern.callback, "view_class"):
            yield path, pattern.callback.view_class

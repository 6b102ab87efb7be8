"""Declaring routes, and walking through all of them: the one table of which route needs which scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver, path
from rest_framework.views import APIView

from events.access.routes import Access
from events.access.scopes import Scope
from events.api.view import View

#: Routes that are guarded by a login of their own.
BEHIND_LOGIN = frozenset({"admin"})


class Route(NamedTuple):
    """A route of the URL configuration; `access` is None if nothing says who may use it."""

    path: str
    view: type[APIView] | None
    access: Access | None


def route(address: str, view: type[View], *, name: str, **scopes: Scope | None) -> URLPattern:
    """A route, with the scope that each method of its view needs, or PUBLIC.

    route("v1/stations", StationsView, name="stations", get=Scope.READ)

    Args:
        address: as for Django's `path`.
        name: for OPEN_ROUTES; no other route has it.

    Raises:
        ImproperlyConfigured: the view has other methods.
    """
    methods = {method for method in view.http_method_names if hasattr(view, method)} - {"options"}
    if methods != set(scopes):
        raise ImproperlyConfigured(
            f"The route {name!r} says which scope {', '.join(sorted(scopes)) or 'nothing'} needs; "
            f"{view.__name__} has the methods {', '.join(sorted(methods))}."
        )
    access = Access(name, {method.upper(): scope for method, scope in scopes.items()})
    return path(address, view.as_view(access=access), name=name)


def all_routes() -> list[Route]:
    """Every route but those behind a login, in the order of the URL configuration."""
    return list(_walk(get_resolver().url_patterns, "/"))


def _walk(patterns: Sequence[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            given = getattr(pattern.callback, "initkwargs", {})
            yield Route(address, getattr(pattern.callback, "view_class", None), given.get("access"))
        elif pattern.app_name not in BEHIND_LOGIN:
            yield from _walk(pattern.url_patterns, address)

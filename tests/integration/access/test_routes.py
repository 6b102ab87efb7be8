"""Every route says which scope each of its methods needs, and holds to it."""

import json
import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import path
from rest_framework.request import Request

from config.urls import urlpatterns as product_patterns
from config.web.routes import fast_route, runs_on_event_loop
from events.access.exceptions import MissingKey
from events.access.routes import PUBLIC
from events.access.scopes import Scope
from events.api.routing import Route, all_routes, route
from events.api.view import View
from events.checks import check_routes
from tests.support.access import bearer, store_key

pytestmark = pytest.mark.django_db

ROUTES = all_routes()
METHODS = [
    pytest.param(each.path, method, scope, id=f"{method} {each.path}")
    for each in ROUTES
    if each.access
    for method, scope in each.access.scopes.items()
]
#: A part of a path that stands for any event, operation and so on.
PARTS = {"uuid": "019a9f4a-a6c4-77a6-83b4-0878548789f2", "str": "heartbeat", "key": "ann"}


class OtherView(View):
    """A route of the tests."""

    def get(self, request: Request) -> None:
        raise AssertionError("nobody may come here")


urlpatterns = [path("v1/other", OtherView.as_view()), route("docs2", OtherView, name="docs", get=PUBLIC)]
urlpatterns += product_patterns


def address(pattern: str) -> str:
    """An address that the route of this pattern takes."""
    return re.sub(r"<(\w+):\w+>", lambda part: PARTS[part[1]], pattern)


def send(method: str, pattern: str, key: str | None = None) -> Any:
    headers = bearer(key) if key else {}
    return Client().generic(method, address(pattern), b"", content_type="application/json", headers=headers)


def code_of(response: Any) -> str:
    assert response["Content-Type"] == "application/problem+json", response.content
    return str(json.loads(response.content)["code"])


def test_every_route_says_who_may_use_it() -> None:
    assert [each.path for each in ROUTES if each.access is None] == []
    assert check_routes() == []


@override_settings(ROOT_URLCONF="tests.integration.access.test_routes")
def test_a_route_that_does_not_say_so_stops_the_start_and_is_closed() -> None:
    wrong, twice = check_routes()
    assert (wrong.id, twice.id) == ("events.E003", "events.E004")
    assert "/v1/other" in wrong.msg
    assert "'docs'" in twice.msg
    client = Client(raise_request_exception=False)
    assert client.get("/v1/other").status_code == 500


def test_a_route_cannot_leave_a_method_out() -> None:
    with pytest.raises(ImproperlyConfigured, match="says which scope nothing needs; OtherView has the methods get"):
        route("v1/other", OtherView, name="other")
    with pytest.raises(ImproperlyConfigured):
        route("v1/other", OtherView, name="other", get=Scope.READ, post=Scope.INGEST)


def test_an_unknown_open_route_stops_the_start(settings: LazySettings) -> None:
    settings.OPEN_ROUTES = ["event_collector", "event_colector"]
    (problem,) = check_routes()
    assert problem.msg.startswith("OPEN_ROUTES names 'event_colector', which is no route; there are: ")
    assert ", event_collector, " in problem.msg


@pytest.mark.parametrize(("pattern", "method", "scope"), METHODS)
def test_a_closed_route_lets_in_who_has_the_scope(
    closed: LazySettings, pattern: str, method: str, scope: Scope | None
) -> None:
    if scope is None:
        assert send(method, pattern).status_code == 200
        assert send(method, pattern, "not looked at").status_code == 200
        return
    refused = send(method, pattern)
    assert (refused.status_code, code_of(refused)) == (401, MissingKey.code)
    assert refused["WWW-Authenticate"] == 'Bearer realm="tidemark"'

    others = store_key(*(other.value for other in Scope if other is not scope))
    refused = send(method, pattern, others)
    assert (refused.status_code, code_of(refused)) == (403, "missing_scope")
    assert refused["WWW-Authenticate"] == f'Bearer realm="tidemark", error="insufficient_scope", scope="{scope}"'

    assert send(method, pattern, store_key(scope.value)).status_code not in (401, 403, 405, 500)


@pytest.mark.parametrize(("pattern", "method", "scope"), METHODS)
def test_an_open_route_needs_no_key_but_to_manage(
    closed: LazySettings, pattern: str, method: str, scope: Scope | None
) -> None:
    (name,) = {each.access.route for each in ROUTES if each.path == pattern and each.access}
    closed.OPEN_ROUTES = [name]
    assert (send(method, pattern).status_code == 401) == (scope is Scope.MANAGE)


@pytest.mark.parametrize(("pattern", "method", "scope"), METHODS)
def test_what_runs_on_the_event_loop_asks_nobody(pattern: str, method: str, scope: Scope | None) -> None:
    is_intake = fast_route(method, address(pattern), {"HTTP_HOST": "localhost"}) is not None
    assert is_intake <= (scope is Scope.INGEST)
    assert runs_on_event_loop(method, pattern) <= (scope is PUBLIC)


def test_head_needs_what_get_needs(closed: LazySettings) -> None:
    assert Client().head("/v1/stats").status_code == 401
    assert Client().head("/v1/stats", headers=bearer(store_key("read"))).status_code == 200


def test_options_and_methods_that_are_not_there_need_nothing(closed: LazySettings) -> None:
    assert Client().options("/v1/stats").status_code == 200
    assert Client().put("/v1/stats").status_code == 405


def test_where_no_key_is_required_one_that_is_sent_is_checked() -> None:
    assert send("GET", "/v1/stats").status_code == 200
    assert send("GET", "/v1/stats", "tdm_mistyped").status_code == 401
    assert send("GET", "/v1/stats", store_key("ingest")).status_code == 403


def test_the_description_says_which_scope_each_operation_needs(closed: LazySettings) -> None:
    document = Client().get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for each in ROUTES:
        described = document["paths"].get(re.sub(r"<\w+:(\w+)>", r"{\1}", each.path), {})
        assert each.access is not None
        for method, scope in each.access.scopes.items():
            if (operation := described.get(method.lower())) is None:
                continue
            assert operation.get("security", []) == ([] if scope is None else [{"apiKey": [scope.value]}])
            assert ({"401", "403"} <= set(operation["responses"])) == (scope is not None)


def test_the_description_says_that_no_key_is_required() -> None:
    document = Client().get("/openapi.json").json()
    assert document["paths"]["/v1/stats"]["get"]["security"] == [{}, {"apiKey": ["read"]}]


def test_the_routes_are_those_of_the_url_configuration() -> None:
    """The walk leaves nothing out but the admin."""
    names = {each.access.route for each in ROUTES if each.access}
    assert {"heartbeats", "event_collector", "event", "materialized", "events", "healthz", "docs"} <= names
    assert all(isinstance(each, Route) for each in ROUTES)
    assert not any(each.path.startswith("/admin/") for each in ROUTES)

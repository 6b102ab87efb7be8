"""The door on the web server's event loop."""

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.web import application
from events.access.principals import Principals, principals
from tests.support.access import bearer, store_key, with_other_checksum
from tests.support.pipeline import heartbeat, rows_in
from tests.support.web.in_process import Response, WebProcess, through_django

GOOD = json.dumps(heartbeat("ann", "alien", 10)).encode()


@pytest.fixture
def fast(web: WebProcess, closed: LazySettings) -> Any:
    """Posts an event; fails if Django's handler is asked."""

    def post(headers: dict[str, str]) -> Response:
        with patch.object(application, "handler", side_effect=AssertionError("not the fast path")):
            return web.post("/", GOOD, headers)

    return post


def test_the_same_comes_of_a_key_on_both_paths(fast: Any) -> None:
    for headers in (
        {},
        {"authorization": "Basic YWxhZGRpbjpvcGVuc2VzYW1l"},
        bearer(with_other_checksum([store_key("ingest")])[0]),
        bearer(store_key("read")),
        bearer(store_key("ingest")),
    ):
        on_event_loop, in_thread = fast(headers), through_django("/", GOOD, headers)
        assert on_event_loop.status == in_thread.status
        assert on_event_loop.headers.get("www-authenticate") == in_thread.headers.get("www-authenticate")
        if on_event_loop.status != 202:
            assert on_event_loop.body == in_thread.body
    assert rows_in("inbox") == {"inbox": 2}


def test_a_known_key_makes_no_query(fast: Any) -> None:
    headers = bearer(store_key("ingest"))
    assert fast(headers).status == 202
    with patch.object(Principals, "look_up", side_effect=AssertionError("it is known")):
        assert fast(headers).status == 202
    principals.forget()
    assert fast(headers).status == 202


@given(st.text(st.characters(codec="latin-1")) | st.text(st.characters(codec="ascii")).map("Bearer tdm_{}".format))
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_sent_is_401_without_a_query(fast: Any, header: str) -> None:
    with patch.object(Principals, "look_up", side_effect=AssertionError("a query")):
        refused = fast({"authorization": header})
    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Bearer ")

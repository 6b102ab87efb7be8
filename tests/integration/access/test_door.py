"""Who is recognized by an Authorization header, and what is asked of PostgreSQL for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.access import door, principals
from events.access.exceptions import (
    ExpiredKey,
    MalformedKey,
    MissingKey,
    MissingScope,
    RevokedKey,
    Unauthenticated,
    UnknownKey,
)
from events.access.keys import digest_of, make_key, prefix_of
from events.access.models import ApiKey
from events.access.principals import ANONYMOUS, Principals
from events.access.rates import Rate
from events.access.scopes import Scope
from tests.support.access import store_key, with_other_checksum

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, 34, 56, tzinfo=UTC)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_key_tells_who_sends_a_request() -> None:
    key = store_key("ingest", "read", name="shop", limit="1000/m")
    principal = door.identify(f"Bearer {key}", needs_key=True)
    assert principal.owner == "key:shop"
    assert principal.key == prefix_of(key)
    assert principal.scopes == {Scope.INGEST, Scope.READ}
    assert principal.limit == Rate(1000, 60)
    assert principal.origins == ()


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "Api-Key {}", "API-KEY   {}", " Bearer {} "])
def test_both_words_are_understood(header: str) -> None:
    key = store_key("read")
    assert door.identify(header.format(key), needs_key=True).key == prefix_of(key)


def test_a_scope_is_had_or_not() -> None:
    principal = door.identify(f"Bearer {store_key('read')}", needs_key=True)
    door.require(principal, Scope.READ)
    with pytest.raises(MissingScope, match="of the scope ingest"):
        door.require(principal, Scope.INGEST)


def test_without_need_nobody_is_asked_and_a_key_is_checked_all_the_same() -> None:
    assert door.identify(None, needs_key=False) is ANONYMOUS
    assert door.identify("Basic YWxhZGRpbjpvcGVuc2VzYW1l", needs_key=False) is ANONYMOUS
    assert door.identify("Bearer of.another.service", needs_key=False) is ANONYMOUS
    assert door.identify(f"Bearer {store_key('read')}", needs_key=False).owner == "key:shop"
    with pytest.raises(UnknownKey):
        door.identify(f"Bearer {make_key()}", needs_key=False)
    with pytest.raises(MalformedKey):
        door.identify("Bearer tdm_", needs_key=False)


def test_each_way_to_have_no_valid_key_has_its_reason() -> None:
    with pytest.raises(MissingKey):
        door.identify(None, needs_key=True)
    with pytest.raises(MalformedKey):
        door.identify("Basic YWxhZGRpbjpvcGVuc2VzYW1l", needs_key=True)
    with pytest.raises(UnknownKey):
        door.identify(f"Bearer {make_key()}", needs_key=True)
    with pytest.raises(RevokedKey):
        door.identify(f"Bearer {store_key('read', revoked_at=NOW)}", needs_key=True)
    with pytest.raises(ExpiredKey):
        door.identify(f"Bearer {store_key('read', expires_at=NOW)}", needs_key=True)


def test_a_bad_checksum_makes_no_query(django_assert_num_queries: Any) -> None:
    keys = with_other_checksum([store_key("read") for _ in range(20)])
    with django_assert_num_queries(0):
        for key in keys:
            with pytest.raises(MalformedKey):
                door.identify(f"Bearer {key}", needs_key=True)


@given(st.text() | st.text().map(lambda text: f"Bearer {text}") | st.text().map(lambda text: f"Bearer tdm_{text}"))
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_sent_is_refused_by_name(django_assert_num_queries: Any, header: str) -> None:
    with django_assert_num_queries(0), pytest.raises(Unauthenticated):
        door.identify(header, needs_key=True)


def test_a_key_is_looked_up_once_and_known_for_five_seconds_at_most(django_assert_num_queries: Any) -> None:
    clock = Clock()
    known = Principals(clock)
    digest = digest_of(store_key("read", last_used_at=NOW.replace(second=0, microsecond=0)))
    with django_assert_num_queries(1):
        principal = known.look_up(digest, now=NOW)
    with django_assert_num_queries(0):
        assert known.known(digest, now=NOW) is principal
    # when it is no longer fresh, one request looks it up again, and the others go on
    clock.seconds += 4
    assert known.known(digest, now=NOW) is None
    assert known.known(digest, now=NOW) is principal
    clock.seconds += 1
    assert known.known(digest, now=NOW) is None


def test_a_revoked_key_is_refused_when_what_is_known_is_too_old() -> None:
    clock = Clock()
    known = Principals(clock)
    digest = digest_of(store_key("read"))
    known.look_up(digest, now=NOW)
    ApiKey.objects.update(revoked_at=NOW)
    clock.seconds += 5
    assert known.known(digest, now=NOW) is None
    with pytest.raises(RevokedKey):
        known.look_up(digest, now=NOW)
    with pytest.raises(RevokedKey):
        known.known(digest, now=NOW)


def test_a_key_expires_while_it_is_known() -> None:
    known = Principals(Clock())
    digest = digest_of(store_key("read", expires_at=NOW + timedelta(seconds=1)))
    known.look_up(digest, now=NOW)
    assert known.known(digest, now=NOW) is not None
    with pytest.raises(ExpiredKey):
        known.known(digest, now=NOW + timedelta(seconds=1))


def test_what_is_no_key_is_remembered_too_and_pushes_no_key_out(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principals, "MOST_REMEMBERED", 3)
    known = Principals(Clock())
    digest = digest_of(store_key("read"))
    known.look_up(digest, now=NOW)
    guesses = [digest_of(make_key()) for _ in range(5)]
    for guess in guesses:
        with pytest.raises(UnknownKey):
            known.look_up(guess, now=NOW)
    with django_assert_num_queries(0):
        assert known.known(digest, now=NOW) is not None
        for guess in guesses[-3:]:
            with pytest.raises(UnknownKey):
                known.known(guess, now=NOW)
        assert known.known(guesses[0], now=NOW) is None


def test_the_last_use_is_noted_to_the_minute(django_assert_num_queries: Any) -> None:
    digest = digest_of(store_key("read"))
    known = Principals(Clock())
    with django_assert_num_queries(2):
        known.look_up(digest, now=NOW)
    assert ApiKey.objects.get().last_used_at == NOW.replace(second=0)
    with django_assert_num_queries(1):
        known.look_up(digest, now=NOW + timedelta(seconds=3))
    known.look_up(digest, now=NOW + timedelta(seconds=4))
    assert ApiKey.objects.get().last_used_at == NOW.replace(minute=35, second=0)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"scopes": []},
        {"scopes": ["write"]},
        {"limit": "many"},
        {"scopes": ["ingest", "read"], "origins": ["https://shop.example.org"]},
    ],
)
def test_postgresql_takes_no_key_that_is_none(fields: dict[str, Any]) -> None:
    key = make_key()
    good: dict[str, Any] = {"name": "shop", "scopes": ["ingest"], "prefix": prefix_of(key), "digest": digest_of(key)}
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(**(good | fields), created_at=NOW)
    assert ApiKey.objects.count() == 0

"""Tallies of types that nobody declared: the first hundred by name, the rest together."""

import json
from collections import Counter

import pytest
from django.test import Client

from events.clock import utc_now
from events.database import fetch_all
from events.exceptions import NothingAcceptable
from events.intake import replay
from events.intake.accept import accept_batch, accept_one
from events.models import UnsupportedEvent
from events.pipeline import tallies
from events.pipeline.tallies import MOST_UNKNOWN_TYPES
from events.types.base import EventData
from events.types.registry import OTHER_TYPES as OTHER
from events.types.registry import event_type, event_types
from tests.support.pipeline import ends

pytestmark = pytest.mark.django_db

UNSUPPORTED_ONCE = (0, 0, 0, 0, 1, 0)


def name(number: int) -> str:
    return f"invented_{number:03}"


def post_unknown(*numbers: int) -> None:
    """Events of types that nobody declared, in one request."""
    events = [json.dumps({"type": name(number)}).encode() for number in numbers]
    accept_batch(events, type_name=None, now=utc_now())


def declare(name: str) -> None:
    @event_type(name, user="user")
    class Declared(EventData, frozen=True):
        user: str = "ann"


def test_unknown_types_beyond_the_first_hundred_are_counted_together() -> None:
    for first in range(0, MOST_UNKNOWN_TYPES + 40, 20):
        post_unknown(*range(first, first + 20))
    post_unknown(0, MOST_UNKNOWN_TYPES, MOST_UNKNOWN_TYPES + 1, 1)
    expected = {name(number): UNSUPPORTED_ONCE for number in range(2, MOST_UNKNOWN_TYPES)}
    expected |= {name(number): (0, 0, 0, 0, 2, 0) for number in range(2)}
    assert ends() == expected | {OTHER: (0, 0, 0, 0, 42, 0)}


def test_the_first_of_a_request_are_the_first() -> None:
    post_unknown(*reversed(range(MOST_UNKNOWN_TYPES + 1)))
    assert name(0) not in ends()
    assert ends()[OTHER] == UNSUPPORTED_ONCE


def test_their_events_keep_their_own_types() -> None:
    numbers = range(MOST_UNKNOWN_TYPES + 5)
    post_unknown(*numbers)
    kept = Counter(UnsupportedEvent.objects.values_list("type", flat=True))
    assert kept == Counter(name(number) for number in numbers)


def test_a_type_called_like_the_rest_belongs_to_the_rest() -> None:
    accept_one(json.dumps({"type": OTHER}).encode(), type_name=None, now=utc_now())
    post_unknown(*range(MOST_UNKNOWN_TYPES + 1))
    assert len(ends()) == MOST_UNKNOWN_TYPES + 1
    assert ends()[OTHER] == (0, 0, 0, 0, 2, 0)


def test_rejected_items_of_unknown_types_count_among_the_same_hundred() -> None:
    post_unknown(*range(MOST_UNKNOWN_TYPES - 1))
    for number in range(MOST_UNKNOWN_TYPES - 1, MOST_UNKNOWN_TYPES + 2):
        nul = json.dumps({"type": name(number), "text": "\0"}).encode()
        with pytest.raises(NothingAcceptable):
            accept_one(nul, type_name=None, now=utc_now(), keep_rejected=True)
    assert ends()[name(MOST_UNKNOWN_TYPES - 1)] == (0, 0, 0, 1, 0, 0)
    assert ends()[OTHER] == (0, 0, 0, 2, 0, 0)
    assert len(ends()) == MOST_UNKNOWN_TYPES + 1


def test_lists_of_types_stay_short(client: Client) -> None:
    post_unknown(*range(MOST_UNKNOWN_TYPES + 50))
    listed = {one["type"]: one for one in client.get("/v1/event-types").json()["results"]}
    assert set(listed) == {*event_types.keys(), *map(name, range(MOST_UNKNOWN_TYPES)), OTHER}
    assert listed[OTHER]["counts"]["unsupported_events"] == 50
    assert not listed[OTHER]["supported"]
    by_type = client.get("/v1/stats").json()["by_type"]
    assert len(by_type) == MOST_UNKNOWN_TYPES + 1
    assert by_type[OTHER]["unsupported_events"] == 50


def test_a_replay_takes_events_back_from_where_they_were_counted() -> None:
    last = name(MOST_UNKNOWN_TYPES)
    post_unknown(*range(MOST_UNKNOWN_TYPES + 1))
    for one in (name(0), last):
        declare(one)
    try:
        assert list(replay.replay_unsupported(now=utc_now())) == [(2, 0)]
    finally:
        for one in (name(0), last):
            event_types.remove(one)
    assert ends()[name(0)] == ends()[OTHER] == (0, 0, 0, 0, 0, 0)
    assert last not in ends()


def test_known_types_are_counted_by_one_statement(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        tallies.add(processed=["bet"] * 3, duplicate=["bet"], rejected=["heartbeat", ""])
    assert fetch_all("SELECT count(*) FROM unsupported_types") == [(0,)]

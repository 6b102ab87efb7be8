"""Enrichers that return what can't be stored, or raise: one event is blamed, its neighbours go on at once."""

import math
from datetime import timedelta

import pytest

from events.enrichment.enricher import EventToEnrich
from events.enrichment.lookups.source import Found
from events.models import Chunk, Event, FailedEvent
from events.pipeline import steps
from events.states import ENRICH
from tests.integration.enrichment.painted import Colour, post, stored, work

pytestmark = pytest.mark.django_db(transaction=True)


class Thing:
    """No JSON."""


def nested(depth: int) -> list[object]:
    made: list[object] = []
    for _ in range(depth):
        made = [made]
    return made


#: What can't be stored, and what is said of each.
UNSTORABLE: dict[str, tuple[object, str]] = {
    "U+0000": ("a\0b", "it has U+0000"),
    "U+0000 in a key": ({"\0": 1}, "it has U+0000"),
    "a lone surrogate": (["\ud800"], "it has a lone surrogate"),
    "an object": ({"a": [Thing()]}, "it is not JSON (Encoding objects of type Thing is unsupported)"),
    "keys that are no text": ({(1, 2): 3}, "it is not JSON"),
    "NaN": (math.nan, "it has NaN or an infinite number"),
    "infinity": ([1.5, -math.inf], "it has NaN or an infinite number"),
    "a long number": (2**63, "it has a whole number beyond 64 bits"),
    "a deep list": (nested(100_000), "it is nested too deeply"),
    "a long text": ("x" * 65536, "bytes; 65536 can be stored (MAX_EVENT_BYTES)"),
}


@pytest.mark.parametrize("what", UNSTORABLE)
def test_what_can_not_be_stored_fails_its_event_at_once_and_the_message_names_enricher_and_field(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    value, reason = UNSTORABLE[what]
    colour.source.results = {"ann": Found("red"), "eve": Found("green")}
    usual = colour.fields
    monkeypatch.setattr(
        colour,
        "fields",
        lambda event, result: {"shade": 1, "tone": value} if event.record.user == "eve" else usual(event, result),
    )
    operation = post(*[{"user": "ann"}] * 11, {"user": "eve"})

    work()

    failed = FailedEvent.objects.get()
    assert (failed.step, failed.code, failed.attempts) == ("enrich", "not_storable", 1)
    assert failed.message.startswith("The enricher test_colour returned ")
    assert reason in failed.message
    assert "a field 'tone' that can't be stored" in failed.message or what == "a long text"
    assert '"user": "eve"' in failed.payload.replace('":"', '": "')
    assert Event.objects.count() == 11
    operation.refresh_from_db()
    assert (operation.handled, operation.failed, operation.finished_at is not None) == (11, 1, True)


@pytest.mark.parametrize(
    "value", ["\\u0000", None, 1.5, 2**63 - 1, -(2**63), ["null", {"12345678901234567890": [True]}]]
)
def test_what_only_looks_as_if_it_could_not_be_stored_is_stored_as_it_is(colour: Colour, value: object) -> None:
    colour.source.results = {"ann": Found(value)}

    post({"user": "ann"})
    work()

    assert Event.objects.get().enrichment["colour"] == value


def test_an_exception_sets_its_event_aside_and_the_neighbours_go_on_in_the_same_attempt(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red"), "eve": Found("green")}
    operation = post(*[{"user": "ann"}] * 11, {"user": "eve", "breaks": True})
    chunk = Chunk.objects.get()

    assert steps.run(ENRICH, chunk.id) is steps.Outcome.GO_ON
    aside = Chunk.objects.exclude(id=chunk.id).get()
    chunk.refresh_from_db()
    assert (chunk.state, chunk.size) == ("enriched", 11)
    assert (aside.state, aside.size, aside.operation_id, aside.looked_up) == ("accepted", 1, operation.id, 100)

    # when the event stands alone it is tried several times before it is blamed
    for attempt in range(1, 6):
        assert not FailedEvent.objects.exists()
        work(later=timedelta(hours=attempt))
    failed = FailedEvent.objects.get()
    assert (failed.step, failed.code, failed.message, failed.attempts) == (
        *("enrich", "raised", "ZeroDivisionError: broken enricher"),
        5,
    )
    assert Event.objects.count() == 11
    operation.refresh_from_db()
    assert (operation.handled, operation.failed, operation.finished_at is not None) == (11, 1, True)


def test_an_event_that_was_set_aside_goes_on_once_the_enricher_works(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour.source.results = {"ann": Found("red"), "eve": Found("green")}
    post({"user": "ann"}, {"user": "eve", "breaks": True})
    steps.run(ENRICH, Chunk.objects.get().id)
    monkeypatch.setattr(colour, "fields", lambda event, result: {"colour": result.value})

    work()

    assert {user: added["colour"] for user, added in stored().items()} == {"ann": "red", "eve": "green"}
    assert not FailedEvent.objects.exists()


def test_an_enricher_that_raises_for_many_makes_its_chunk_be_tried_as_a_whole(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red")}
    post(*[{"user": "ann", "breaks": True}] * 11, {"user": "ann"})

    steps.run(ENRICH, Chunk.objects.get().id)

    chunk = Chunk.objects.get()
    assert (chunk.size, chunk.attempts, chunk.last_error) == (12, 1, "ZeroDivisionError: broken enricher")


def test_a_key_that_can_not_be_told_sets_its_event_aside_and_does_not_keep_it_from_being_accepted(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key_of(event: EventToEnrich) -> str:
        if event.record.user == "eve":
            raise KeyError("no key")
        return event.record.user

    colour.source.results = {"ann": Found("red")}
    monkeypatch.setattr(colour, "key_of", key_of)
    post({"user": "ann"}, {"user": "eve"})

    work()

    assert stored().keys() == {"ann"}
    assert Chunk.objects.get(is_unpublished=True).size == 1

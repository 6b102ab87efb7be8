"""The enrich step: events that go on, that wait, that fail for good, and enrichers that are broken."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection

from events.clock import utc_now
from events.enrichers.base import (
    PARTIAL,
    Answer,
    CannotEnrich,
    Enricher,
    EventInHand,
    Found,
    Source,
    Unavailable,
    Unknown,
    enrichers,
)
from events.enrichers.run import LookupRun
from events.intake.accept import accept_batch
from events.models import Chunk, Event, FailedEvent, Operation, PartialEvent
from events.operations import find_operation
from events.pipeline import recovery, steps
from events.pipeline.fill_in import fill_in
from events.reading import find_event
from events.types.base import EventData, event_type
from events.types.registry import event_types

pytestmark = pytest.mark.django_db(transaction=True)


class TableOfColours(Source):
    """Answers from a dictionary that a test fills."""

    name = "colours"
    remote = True

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Answer]:
        self.asked += keys
        run.answered(len(keys))
        return {key: self.answers.get(key, Unknown()) for key in keys}


class Colour(Enricher):
    name = "test_colour"
    source: TableOfColours

    def __init__(self, *, required: bool) -> None:
        self.required = required  # type: ignore[misc]
        self.source = TableOfColours()

    def key_of(self, event: EventInHand) -> str | None:
        return event.record.user

    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        if event.data.get("breaks"):
            raise ZeroDivisionError("broken enricher")
        if not isinstance(answer, Found):
            raise CannotEnrich("unknown_colour", f"user {event.record.user!r} has no colour.", field="user")
        return {"colour": answer.value}


class Sentence(Enricher):
    name = "test_a_sentence"  # comes before the colour by name, so only `after` puts it behind
    after = ("test_colour",)

    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        return {"sentence": f"It is {event.fields.get('colour', 'of no colour')}."}


class Painted(EventData, frozen=True):
    """An event of the tests."""

    user: str
    breaks: bool = False


@pytest.fixture
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """An event type `test_painted` that wants a colour (required unless the test says otherwise) and a sentence."""
    enricher = Colour(required=getattr(request, "param", True))
    enrichers.add(Colour.name, enricher)
    enrichers.add(Sentence.name, Sentence())
    event_type("test_painted", user="user", enrichers=(Colour.name, Sentence.name))(Painted)
    yield enricher
    event_types.remove("test_painted")
    enrichers.remove(Colour.name)
    enrichers.remove(Sentence.name)


def post(*items: dict[str, Any]) -> Operation:
    batch = accept_batch([msgspec.json.encode(item) for item in items], type_name="test_painted", now=utc_now())
    return Operation.objects.get(id=batch.operation_id)


def work(*, later: timedelta = timedelta()) -> None:
    """Runs every step that can run, until nothing moves; as if it were that much later."""
    for step in (steps.ENRICH, steps.PERSIST, steps.AGGREGATE):
        for _ in range(30):
            ids = list(Chunk.objects.filter(state=step.requires).order_by("id").values_list("id", flat=True))
            outcomes = [steps.run(step, chunk_id, clock=lambda: utc_now() + later) for chunk_id in ids]
            if steps.Outcome.GO_ON not in outcomes:
                break


def in_thread(function: Callable[..., int], **arguments: Any) -> int:
    """Calls it with a connection that is closed afterwards."""
    try:
        return function(**arguments)
    finally:
        connection.close()


def stored() -> dict[str, dict[str, Any]]:
    return dict(Event.objects.values_list("user_key", "enrichment"))


def test_fields_are_stored_with_the_event_and_later_enrichers_read_earlier_ones(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red\t\n\\")}

    operation = post({"user": "ann"}, {"user": "ann"})
    work()

    assert (
        list(Event.objects.values_list("enrichment", flat=True))
        == [{"colour": "red\t\n\\", "sentence": "It is red\t\n\\."}] * 2
    )
    assert colour.source.asked == ["ann"], "a key is asked once, however many events have it"
    operation.refresh_from_db()
    assert (operation.handled, operation.finished_at is not None) == (2, True)


def test_an_event_that_is_pending_shows_its_enrichment(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red")}
    post({"user": "ann"})
    chunk = Chunk.objects.get()

    steps.run(steps.ENRICH, chunk.id)

    event = find_event(chunk.first_event_id)
    assert event is not None
    assert (event["state"], event["enrichment"]) == ("pending", {"colour": "red", "sentence": "It is red."})


def test_events_whose_required_look_up_fails_wait_in_a_chunk_of_their_own(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red"), "bob": Unavailable("the service answered 503")}
    operation = post({"user": "ann"}, {"user": "bob"}, {"user": "ann"})

    work()

    waiting = Chunk.objects.exclude(state="published").get()
    assert stored().keys() == {"ann"}
    assert (waiting.size, waiting.state, waiting.attempts) == (1, "accepted", 0)
    assert waiting.waiting_for == "test_colour: the service answered 503"
    assert waiting.lease_until is not None
    assert waiting.lease_until > utc_now()

    for _ in range(10):  # far more often than a poisonous chunk is tried
        work(later=timedelta(hours=1))
        assert Chunk.objects.get(id=waiting.id).attempts == 0
    assert not FailedEvent.objects.exists()

    colour.source.answers["bob"] = Found("blue")
    work(later=timedelta(hours=2))
    assert stored()["bob"] == {"colour": "blue", "sentence": "It is blue."}
    operation.refresh_from_db()
    assert (operation.handled, operation.failed, operation.finished_at is not None) == (3, 0, True)


def test_the_sweep_announces_a_waiting_chunk_only_when_its_pause_is_over(colour: Colour) -> None:
    colour.source.answers = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()

    assert recovery.sweep(now=utc_now()) == 0
    assert recovery.sweep(now=utc_now() + timedelta(hours=1)) == 1


def test_an_event_that_can_never_be_enriched_fails_alone_with_the_reason(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red")}
    operation = post({"user": "ann"}, {"user": "nobody"})

    work()

    failed = FailedEvent.objects.get()
    assert (failed.step, failed.code, failed.field) == ("enrich", "unknown_colour", "user")
    assert failed.message == "user 'nobody' has no colour."
    assert stored().keys() == {"ann"}
    operation.refresh_from_db()
    assert (operation.handled, operation.failed, operation.finished_at is not None) == (1, 1, True)


def test_a_chunk_of_nothing_but_hopeless_events_ends_with_them(colour: Colour) -> None:
    operation = post({"user": "nobody"}, {"user": "no one"})

    work()

    operation.refresh_from_db()
    assert (operation.failed, operation.finished_at is not None) == (2, True)
    assert not Chunk.objects.exists()


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_an_optional_look_up_that_fails_lets_the_event_pass_marked_partial(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red"), "bob": Unavailable("away")}

    post({"user": "ann"}, {"user": "bob"})
    work()

    assert stored() == {
        "ann": {"colour": "red", "sentence": "It is red."},
        "bob": {"sentence": "It is of no colour.", PARTIAL: {"test_colour": "away"}},
    }


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_what_an_event_lacks_is_filled_in_once_and_what_depends_on_it_is_corrected(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red"), "bob": Unavailable("away"), "eve": Unavailable("away")}
    post({"user": "ann"}, {"user": "bob"}, {"user": "bob"}, {"user": "eve"})
    work()
    assert fill_in(now=utc_now()) == 0, "not before its pause is over"
    colour.source.answers |= {"bob": Found("blue"), "eve": Unavailable("still away")}
    colour.source.asked.clear()

    with ThreadPoolExecutor(2) as sweeps:
        filled = list(sweeps.map(lambda _: in_thread(fill_in, now=utc_now() + timedelta(hours=1)), range(2)))

    assert sum(filled) == 2
    assert sorted(colour.source.asked) == ["bob", "eve"], "once each"
    assert stored() == {
        "ann": {"colour": "red", "sentence": "It is red."},
        "bob": {"colour": "blue", "sentence": "It is blue."},
        "eve": {"sentence": "It is of no colour.", PARTIAL: {"test_colour": "still away"}},
    }
    left = PartialEvent.objects.get()
    assert (left.missing, left.last_error, left.attempts) == (["test_colour"], "still away", 1)
    assert left.next_attempt_at > utc_now() + timedelta(hours=1)


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_events_whose_service_is_left_alone_are_not_touched(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    colour.source.answers = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    monkeypatch.setattr(TableOfColours, "is_left_alone", lambda self: True)

    assert fill_in(now=utc_now() + timedelta(hours=1)) == 0
    assert PartialEvent.objects.get().attempts == 0


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_a_partial_event_that_can_not_be_completed_stays_as_it_is(colour: Colour) -> None:
    colour.source.answers = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    before = stored()
    colour.source.answers = {}  # the service is back, and knows nothing of bob

    fill_in(now=utc_now() + timedelta(hours=1))

    assert stored() == before
    assert not PartialEvent.objects.exists()


def test_an_exception_of_an_enricher_fails_the_event_that_causes_it_and_no_other(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red"), "eve": Found("green")}
    operation = post(*[{"user": "ann"}] * 11, {"user": "eve", "breaks": True})

    deadline = time.monotonic() + 20
    hours = 0
    while operation.finished_at is None and time.monotonic() < deadline:
        hours += 1
        work(later=timedelta(hours=hours))
        operation.refresh_from_db()

    failed = FailedEvent.objects.get()
    assert (failed.step, failed.code, failed.message) == ("enrich", "raised", "ZeroDivisionError: broken enricher")
    assert Event.objects.count() == 11
    assert (operation.handled, operation.failed) == (11, 1)


def test_progress_counts_look_ups_and_never_goes_back_when_a_chunk_is_taken_apart(colour: Colour) -> None:
    colour.source.answers = {"ann": Found("red")}
    operation = post(*[{"user": "ann"}] * 7)
    Chunk.objects.update(looked_up=5)
    before = find_operation(operation.id)
    assert before is not None
    assert before.progress == 100 * 5 // 21

    chunk = steps.chunks.lease(Chunk.objects.get().id, state=steps.ENRICH.requires, now=utc_now())
    assert chunk is not None
    parts = steps.isolation.split(chunk, now=utc_now())

    after = find_operation(operation.id)
    assert len(parts) == 7
    assert after is not None
    assert after.progress == before.progress

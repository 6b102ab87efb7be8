"""The enrich step: events that go on, that wait, and that fail for good."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from django.db import connection

from events.clock import utc_now
from events.database import fetch_one
from events.enrichment.enricher import PARTIAL
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Unavailable
from events.models import Chunk, Event, FailedEvent
from events.operations import find_operation
from events.pipeline import recovery, steps
from events.queries import queries
from events.reading import find_event
from events.states import ENRICH
from tests.integration.enrichment.painted import Colour, TableOfColours, post, stored, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_fields_are_stored_with_the_event_and_later_enrichers_read_earlier_ones(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red\t\n\\")}

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
    colour.source.results = {"ann": Found("red")}
    post({"user": "ann"})
    chunk = Chunk.objects.get()

    steps.run(ENRICH, chunk.id)

    event = find_event(chunk.first_event_id)
    assert event is not None
    assert (event["state"], event["enrichment"]) == ("pending", {"colour": "red", "sentence": "It is red."})


def test_events_whose_required_look_up_fails_wait_in_a_chunk_of_their_own(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red"), "bob": Unavailable("the service answered 503")}
    operation = post({"user": "ann"}, {"user": "bob"}, {"user": "ann"})

    work()

    waiting = Chunk.objects.get(is_unpublished=True)
    assert stored().keys() == {"ann"}
    assert (waiting.size, waiting.state, waiting.attempts) == (1, "accepted", 0)
    assert waiting.waiting_for == "test_colour: the service answered 503"
    assert waiting.lease_until is not None
    assert waiting.lease_until > utc_now()

    for _ in range(10):  # far more often than a poisonous chunk is tried
        work(later=timedelta(hours=1))
        assert Chunk.objects.get(id=waiting.id).attempts == 0
    assert not FailedEvent.objects.exists()

    colour.source.results["bob"] = Found("blue")
    work(later=timedelta(hours=2))
    assert stored()["bob"] == {"colour": "blue", "sentence": "It is blue."}
    operation.refresh_from_db()
    assert (operation.handled, operation.failed, operation.finished_at is not None) == (3, 0, True)


def test_the_sweep_dispatches_a_waiting_chunk_only_when_its_pause_is_over(colour: Colour) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()

    assert recovery.sweep(now=utc_now()) == 0
    assert recovery.sweep(now=utc_now() + timedelta(hours=1)) == 1


def test_an_event_that_can_never_be_enriched_fails_alone_with_the_reason(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red")}
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
    colour.source.results = {"ann": Found("red"), "bob": Unavailable("away")}

    post({"user": "ann"}, {"user": "bob"})
    work()

    assert stored() == {
        "ann": {"colour": "red", "sentence": "It is red."},
        "bob": {"sentence": "It is of no colour.", PARTIAL: {"test_colour": "away"}},
    }


def test_progress_counts_look_ups_and_never_goes_back_when_a_chunk_is_taken_apart(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red")}
    operation = post(*[{"user": "ann"}] * 7)
    Chunk.objects.update(looked_up=555)
    before = find_operation(operation.id)
    assert before is not None
    assert before.progress == 555 // 21

    chunk = steps.chunks.lease(Chunk.objects.get().id, state=ENRICH.requires, now=utc_now())
    assert chunk is not None
    parts = steps.isolation.split(chunk, now=utc_now())

    after = find_operation(operation.id)
    assert len(parts) == 7
    assert after is not None
    assert after.progress == before.progress


def test_no_transaction_is_open_while_services_are_asked(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    in_transaction = []

    def look_up(source: TableOfColours, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        in_transaction.append(connection.in_atomic_block)
        return dict.fromkeys(keys, Found("red"))

    monkeypatch.setattr(TableOfColours, "remote", False)  # else it is asked in a thread, which has another connection
    monkeypatch.setattr(TableOfColours, "look_up", look_up)
    post({"user": "ann"})
    work()
    assert in_transaction == [False]
    assert stored().keys() == {"ann"}


def test_what_waits_for_a_service_is_no_backlog(colour: Colour) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    assert fetch_one(queries.backlog.sql, {"limit": 10}) == (1,)
    work()
    assert fetch_one(queries.backlog.sql, {"limit": 10}) == (0,)

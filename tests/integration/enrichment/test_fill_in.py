"""What stored events lack is filled in once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from events.clock import utc_now
from events.enrichment.enricher import PARTIAL
from events.enrichment.fill_in import fill_in
from events.enrichment.lookups.source import Found, Unavailable
from events.models import PartialEvent
from tests.integration.enrichment.painted import Colour, TableOfColours, in_thread, post, stored, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_what_an_event_lacks_is_filled_in_once_and_what_depends_on_it_is_corrected(colour: Colour) -> None:
    colour.source.results = {"ann": Found("red"), "bob": Unavailable("away"), "eve": Unavailable("away")}
    post({"user": "ann"}, {"user": "bob"}, {"user": "bob"}, {"user": "eve"})
    work()
    assert fill_in(now=utc_now()) == 0, "not before its pause is over"
    colour.source.results |= {"bob": Found("blue"), "eve": Unavailable("still away")}
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
def test_events_whose_service_is_paused_are_not_touched(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    monkeypatch.setattr(TableOfColours, "is_paused", lambda self: True)

    assert fill_in(now=utc_now() + timedelta(hours=1)) == 0
    assert PartialEvent.objects.get().attempts == 0


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_a_partial_event_that_can_not_be_completed_stays_as_it_is(colour: Colour) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    before = stored()
    colour.source.results = {}  # the service is back, and knows nothing of bob

    fill_in(now=utc_now() + timedelta(hours=1))

    assert stored() == before
    assert not PartialEvent.objects.exists()


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_an_event_that_an_enricher_breaks_on_holds_up_no_other(colour: Colour) -> None:
    colour.source.results = {"bob": Unavailable("away"), "eve": Unavailable("away")}
    post({"user": "bob"}, {"user": "eve", "breaks": True})
    work()
    before = stored()["eve"]
    colour.source.results = {"bob": Found("blue"), "eve": Found("green")}

    assert fill_in(now=utc_now() + timedelta(hours=1)) == 1

    assert stored()["bob"]["colour"] == "blue"
    assert stored()["eve"] == before
    left = PartialEvent.objects.get()
    assert (left.missing, left.last_error, left.attempts) == (["test_colour"], "raised ZeroDivisionError", 1)

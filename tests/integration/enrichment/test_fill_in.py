"""What stored events lack is filled in once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from events.clock import utc_now
from events.database import execute
from events.enrichment import fill_in as module
from events.enrichment.enricher import PARTIAL
from events.enrichment.fill_in import fill_in
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Unavailable
from events.models import PartialEvent
from events.queries import queries
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


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_an_event_is_written_and_taken_off_the_list_at_once(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    before = stored()
    colour.source.results = {"bob": Found("blue")}

    def fail_at_the_list(query: str, parameters: dict[str, Any]) -> int:
        if query == queries.delete_partial_events.sql:
            raise ConnectionError
        return execute(query, parameters)

    monkeypatch.setattr(module, "execute", fail_at_the_list)
    with pytest.raises(ConnectionError):
        fill_in(now=utc_now() + timedelta(hours=1))

    assert stored() == before
    assert PartialEvent.objects.count() == 1


@pytest.mark.parametrize("colour", [False], indirect=True)
def test_who_was_too_slow_writes_nothing(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    colour.source.results = {"bob": Unavailable("away")}
    post({"user": "bob"})
    work()
    before = stored()

    def look_up_until_another_worker_takes_the_event(
        source: TableOfColours, keys: Sequence[str], run: LookupRun
    ) -> Mapping[str, Result]:
        assert len(module._take(now=utc_now() + timedelta(hours=2))) == 1
        return dict.fromkeys(keys, Found("blue"))

    monkeypatch.setattr(TableOfColours, "remote", False)
    monkeypatch.setattr(TableOfColours, "look_up", look_up_until_another_worker_takes_the_event)
    assert fill_in(now=utc_now() + timedelta(hours=1)) == 0

    assert stored() == before
    assert PartialEvent.objects.get().attempts == 2

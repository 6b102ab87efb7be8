"""An event type of the tests, whose events want a colour and a sentence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
from django.db import connection

from events.clock import utc_now
from events.enrichment.enricher import CannotEnrich, Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Source, Unknown
from events.intake.accept import accept_batch
from events.models import Chunk, Event, Operation
from events.pipeline import steps
from events.states import AGGREGATE, ENRICH, PERSIST
from events.types.base import EventData
from events.types.registry import event_type, event_types


class TableOfColours(Source):
    """Knows what is in a dictionary that a test fills."""

    name = "colours"
    remote = True

    def __init__(self) -> None:
        self.results: dict[str, Result] = {}
        self.asked: list[str] = []

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        self.asked += keys
        run.ended(len(keys))
        return {key: self.results.get(key, Unknown()) for key in keys}


class Colour(Enricher):
    name = "test_colour"
    source: TableOfColours

    def __init__(self, *, required: bool) -> None:
        self.required = required  # type: ignore[misc]
        self.source = TableOfColours()

    def key_of(self, event: EventToEnrich) -> str | None:
        return event.record.user

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        if event.data.get("breaks"):
            raise ZeroDivisionError("broken enricher")
        if not isinstance(result, Found):
            raise CannotEnrich("unknown_colour", f"user {event.record.user!r} has no colour.", field="user")
        return {"colour": result.value}


class Sentence(Enricher):
    name = "test_a_sentence"  # comes before the colour by name, so only `after` puts it behind
    after = ("test_colour",)

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        return {"sentence": f"It is {event.fields.get('colour', 'of no colour')}."}


class Painted(EventData, frozen=True):
    """An event of the tests."""

    user: str
    breaks: bool = False


@contextmanager
def declared(colour: Colour) -> Iterator[None]:
    """While it lasts there is the event type `test_painted`."""
    enrichers.add(Colour.name, colour)
    enrichers.add(Sentence.name, Sentence())
    event_type("test_painted", user="user", enrichers=(Colour.name, Sentence.name))(Painted)
    yield
    event_types.remove("test_painted")
    enrichers.remove(Colour.name)
    enrichers.remove(Sentence.name)


def post(*items: dict[str, Any]) -> Operation:
    batch = accept_batch([msgspec.json.encode(item) for item in items], type_name="test_painted", now=utc_now())
    return Operation.objects.get(id=batch.operation_id)


def work(*, later: timedelta = timedelta()) -> None:
    """Runs every step that can run, until nothing moves; as if it were that much later."""
    for step in (ENRICH, PERSIST, AGGREGATE):
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

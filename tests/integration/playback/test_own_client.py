"""A collector with an enrichment client of the caller's, as the collector's exercise tests it."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from threading import Event
from typing import Any, ClassVar

import pytest
from django.db import connection
from pytest_django import Settings

from events.clock import utc_now
from events.models import Chunk, PartialEvent
from events.models import Event as StoredEvent
from events.pipeline import steps
from events.pipeline.recovery import sweep
from events.pipeline.steps import Outcome
from events.redis_client import redis_client
from events.states import AGGREGATE, ENRICH, PERSIST
from events.systems.playback.client import enrich_client
from events.systems.playback.collector import EventCollector, Operation
from events.systems.playback.demo import INPUT

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS: list[dict[str, Any]] = json.loads(INPUT.read_text())
USERS = [event["user_id"] for event in EVENTS]


class Client:
    """Takes as long for each call as the test lets it."""

    made: ClassVar[list["Client"]] = []

    def __init__(self, name: str = "") -> None:
        Client.made.append(self)
        self.name = name
        self.may_return = Event()
        self.asked: list[str] = []

    def get_region(self, user_id: str) -> str:
        self.asked.append(user_id)
        assert self.may_return.wait(60)
        return f"{self.name}region of {user_id}"

    def get_model(self, device_type: str) -> str:
        self.asked.append(device_type)
        assert self.may_return.wait(60)
        return f"{self.name}model of {device_type}"


class QuickClient(Client):
    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.may_return.set()


@pytest.fixture(autouse=True)
def nothing_is_known(settings: Settings) -> Iterator[None]:
    redis_client().flushdb()
    enrich_client.cache_clear()
    settings.ENRICH_CLIENT = f"{QuickClient.__module__}.{QuickClient.__name__}"
    yield
    for client in Client.made:  # also where a test failed
        client.may_return.set()
    Client.made.clear()
    enrich_client.cache_clear()


@contextmanager
def workers(*operations: Operation) -> Iterator[None]:
    """Do the second and the third step of what is enriched, until the operations are done."""

    def work() -> None:
        try:
            while not all(operation.done() for operation in operations):
                for step in (PERSIST, AGGREGATE):
                    for chunk_id in Chunk.objects.filter(state=step.requires).values_list("id", flat=True):
                        steps.run(step, chunk_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        yield
        working.result(60)


def enrichments() -> list[dict[str, Any]]:
    return list(StoredEvent.objects.order_by("id").values_list("enrichment", flat=True))


def of_client(name: str = "") -> list[dict[str, Any]]:
    device = EVENTS[0]["device_type"]
    return [{"region": f"{name}region of {user}", "model": f"{name}model of {device}"} for user in USERS]


def test_ten_events_of_one_id_are_enriched_by_the_clients_object_and_counted() -> None:
    client = Client()
    collector = EventCollector(client=client)
    before = collector.stats()["total_events"]

    operation = collector.handle(EVENTS)
    reports = operation.progress()
    while_waiting = list(islice(reports, 10))
    client.may_return.set()
    with workers(operation):
        rest = list(reports)

    assert while_waiting == [0] * 10
    assert rest == sorted(rest)
    assert rest[-1] == 100
    result = operation.result()
    assert (result.handled_events, result.failed_events, result.duplicate_events) == (10, 0, 0)
    assert result.elapsed > timedelta()
    assert enrichments() == of_client()
    assert sorted(client.asked) == sorted([*USERS, EVENTS[0]["device_type"]]), "each key once"
    stats = collector.stats()
    assert stats["total_events"] == before + 10
    assert stats["processed_per_second"] > 0


def test_a_second_run_repeats_the_first_unless_it_is_another_source() -> None:
    client = QuickClient()
    first = EventCollector(client=client).handle(EVENTS)
    with workers(first):
        pass
    again, second = (EventCollector(client=client, source=source).handle(EVENTS) for source in (None, "second run"))
    once_more = EventCollector(client=client, source="second run").handle(EVENTS)
    with workers(again, second, once_more):
        pass

    counts = [
        (operation.result().handled_events, operation.result().duplicate_events)
        for operation in (first, again, second, once_more)
    ]
    assert counts[:2] == [(10, 0), (0, 10)]
    assert sorted(counts[2:]) == [(0, 10), (10, 0)]
    assert enrichments() == of_client() * 2


def test_each_collector_asks_its_own_client_and_shares_nothing() -> None:
    operations = [
        EventCollector(client=QuickClient(name), source=name).handle(EVENTS) for name in ("first ", "second ")
    ]
    workers_alone = EventCollector(source="third").handle(EVENTS)
    with workers(*operations):
        pass
    for chunk_id in Chunk.objects.filter(state=ENRICH.requires).values_list("id", flat=True):
        steps.run(ENRICH, chunk_id)
    with workers(workers_alone):
        pass

    def by_region(added: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(added, key=lambda one: str(one["region"]))

    assert by_region(enrichments()) == by_region(of_client("first ") + of_client("second ") + of_client())


def test_what_waits_for_its_turn_stays_with_the_process_while_it_lives(settings: Settings) -> None:
    settings.CHUNK_SIZE, settings.LEASE_SECONDS = 1, 3.0
    client = Client("own ")
    operation = EventCollector(client=client).handle(EVENTS)
    reserved_until = Chunk.objects.latest("id").lease_until
    assert reserved_until is not None
    while utc_now() < reserved_until:
        assert sweep(now=utc_now()) == 0
        assert steps.run(ENRICH, Chunk.objects.latest("id").id) is Outcome.STOP
    assert sweep(now=utc_now()) == 0

    client.may_return.set()
    with workers(operation):
        pass

    assert enrichments() == of_client("own ")


def test_what_a_dead_process_left_goes_to_the_workers_client() -> None:
    # given a process that dies when it has committed and reserved
    collector = EventCollector(client=Client("own "))
    collector._dispatch = lambda made: steps.chunks.reserve(
        [chunk.id for chunk in made], token=uuid.uuid4(), now=utc_now()
    )
    operation = collector.handle(EVENTS)
    chunk_id = Chunk.objects.get().id
    assert (sweep(now=utc_now()), steps.run(ENRICH, chunk_id)) == (0, Outcome.STOP)

    # when the reservation is over
    def later() -> Any:
        return utc_now() + timedelta(seconds=10)

    assert sweep(now=later()) == 1
    assert steps.run(ENRICH, chunk_id, clock=later) is Outcome.GO_ON
    with workers(operation):
        pass

    assert operation.result().handled_events == 10
    assert enrichments() == of_client()


def test_a_client_that_fails_holds_no_event_up(settings: Settings) -> None:
    settings.LOOKUP_ATTEMPTS = 1

    class Broken(QuickClient):
        def get_region(self, user_id: str) -> str:
            raise OSError("no route to host")

    operation = EventCollector(client=Broken()).handle(EVENTS[:1])
    with workers(operation):
        pass

    assert enrichments() == [
        {
            "model": f"model of {EVENTS[0]['device_type']}",
            "partial": {"region": "the client of region raised OSError: no route to host"},
        }
    ]
    assert PartialEvent.objects.get().missing == ["region"], "workers fill it in"


def test_other_events_of_the_batch_go_to_the_workers() -> None:
    client = QuickClient()
    beat = {"type": "heartbeat", "user": "ann", "slug": "alien", "at": 10}
    operation = EventCollector(None, client=client).handle([beat, *({"type": "playback"} | one for one in EVENTS)])
    waiting = Chunk.objects.get(types=["heartbeat"])
    assert steps.run(ENRICH, waiting.id) is Outcome.GO_ON
    with workers(operation):
        pass
    assert operation.result().handled_events == 11
    assert len(client.asked) == 11

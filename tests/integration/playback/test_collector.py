"""The Python interface, and operations that are cancelled."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Semaphore
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from events.clock import utc_now
from events.exceptions import NothingAcceptable
from events.models import Chunk, Event
from events.operations import find_operation
from events.pipeline import chunks, steps
from events.pipeline.cancel import cancel_operation
from events.pipeline.steps import Outcome
from events.redis_client import redis_client
from events.states import AGGREGATE, ENRICH, PERSIST
from events.systems.playback.client import enrich_client
from events.systems.playback.collector import EventCollector
from tests.support.outside_service import OutsideService, Reply, after, serve
from tests.support.pipeline import ends
from tests.support.processes.waiting import wait_until
from watchtime.models import PairTotal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def services(settings: Settings) -> Iterator[OutsideService]:
    """Both services, in one."""
    redis_client().flushdb()
    enrich_client.cache_clear()
    with serve(
        OutsideService(conduct=lambda key: (200, json.dumps({"region": key, "model": key}).encode(), {}))
    ) as one:
        settings.REGION_URL = one.template
        settings.MODEL_URL = one.template.replace("user_id", "device_type")
        yield one
    enrich_client.cache_clear()


def interval(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "user_id": f"u_{number}",
        "video_id": "v",
        "start_at": 1000,
        "stop_at": 1000 + number,
        "bitrate_kbps": 128,
        "device_type": "TV",
        "error_code": None,
    } | fields


def work_all() -> None:
    for step in (ENRICH, PERSIST, AGGREGATE):
        for chunk_id in Chunk.objects.filter(state=step.requires).values_list("id", flat=True):
            assert steps.run(step, chunk_id) is Outcome.GO_ON


def in_thread(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    finally:
        connection.close()


def test_events_handed_over_can_be_followed_to_their_end(services: OutsideService) -> None:
    collector = EventCollector()
    before = collector.stats()["total_events"]

    operation = collector.handle([interval(1), interval(2), interval(2), {"id": 3}])
    running = (operation.done(), operation.wait(timeout=0), operation.stats()["state"])
    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(in_thread, work_all)
        percentages = list(operation.progress())
        working.result()

    assert running == (False, False, "running")
    assert operation.errors[0]["index"] == 3
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100
    result = operation.result()
    assert (result.handled_events, result.duplicate_events, result.rejected_events) == (2, 1, 1)
    assert timedelta() < result.elapsed < timedelta(minutes=1)
    assert operation.stats()["state"] == "done"
    assert collector.stats()["total_events"] == before + 2
    assert list(Event.objects.order_by("id").values_list("enrichment", flat=True)) == [
        {"region": "u_1", "model": "TV"},
        {"region": "u_2", "model": "TV"},
    ]


def test_progress_moves_with_every_look_up_that_came_back(services: OutsideService) -> None:
    may_return, as_before = Semaphore(0), services.conduct

    def one_at_a_time(key: str) -> Reply:
        may_return.acquire()
        return as_before(key)

    services.conduct = one_at_a_time
    operation = EventCollector().handle([interval(number) for number in range(10)])
    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(in_thread, work_all)
        try:
            reports = operation.progress()
            progress = list(islice(reports, 10))
            assert progress == [0] * 10, "they come while the look-ups are waited for"
            for look_up in range(11):  # ten users and one device type
                may_return.release()
                higher = next((now for now in islice(reports, 100) if now > progress[-1]), None)
                assert higher is not None, f"no progress after look-up {look_up}"
                progress.append(higher)
        finally:
            may_return.release(11)
        working.result()

    assert list(operation.progress()) == [100]


def test_no_events_are_an_operation_that_is_done() -> None:
    operation = EventCollector().handle([])

    assert operation.done()
    assert list(operation.progress()) == [100]
    assert operation.result().handled_events == 0
    assert (operation.stats()["state"], operation.stats()["total_events"]) == ("done", 0)


def test_nothing_acceptable_is_an_error() -> None:
    with pytest.raises(NothingAcceptable):
        EventCollector().handle([{"id": 1}])


def test_played_seconds_are_rounded_down_and_move_no_moment(services: OutsideService) -> None:
    EventCollector().handle(
        [
            interval(1, user_id="ann", start_at="2026-01-31T12:00:00.9Z", stop_at="2026-01-31T12:00:03.8Z"),
            interval(2, user_id="ann", start_at=1.5, stop_at=2.4),
            interval(3, user_id="ann", start_at=10, stop_at=10),
        ]
    )
    work_all()

    pair = PairTotal.objects.get()
    assert (pair.user_key, pair.watch_seconds, pair.latest_moment, pair.furthest_moment) == ("ann", 2, None, None)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"stop_at": 999}, "stop_at", "before_start"),
        ({"stop_at": "soon"}, "stop_at", "invalid_time"),
        ({"bitrate_kbps": 1.5}, "bitrate_kbps", "wrong_type"),
        ({"bitrate_kbps": True}, "bitrate_kbps", "wrong_type"),
        ({"error_code": 5}, "error_code", "wrong_type"),
        ({"stop_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "stop_at", "in_the_future"),
    ],
)
def test_an_interval_that_is_wrong_is_rejected_by_field(fields: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(NothingAcceptable) as error:
        EventCollector().handle([interval(1, **fields)])
    assert (error.value.errors[0]["field"], error.value.errors[0]["code"]) == (field, code)


def test_a_chunk_delivered_again_while_it_is_being_looked_up_is_worked_once(
    services: OutsideService, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 1.0  # the look-ups take longer
    services.conduct = after(2.5, services.conduct)
    EventCollector().handle([interval(1)])
    chunk_id = Chunk.objects.get().id

    with ThreadPoolExecutor(1) as workers:
        first = workers.submit(in_thread, steps.run, ENRICH, chunk_id)
        wait_until(lambda: services.calls, what="the first delivery is at it")
        again = []
        while not first.done():
            again.append(steps.run(ENRICH, chunk_id))

    assert first.result() is Outcome.GO_ON
    while_looking_up = again[: again.index(Outcome.GO_ON)] if Outcome.GO_ON in again else again
    assert len(while_looking_up) > 3
    assert set(while_looking_up) == {Outcome.STOP}
    assert set(again[len(while_looking_up) :]) <= {Outcome.GO_ON}, "once it is done, the next step may go on"
    assert services.calls_by_key == {"u_1": 1, "TV": 1}


def test_cancelling_while_a_worker_looks_things_up_drops_the_events_and_the_worker_gives_up(
    services: OutsideService,
) -> None:
    operation = EventCollector().handle([interval(number) for number in range(1, 4)])
    leased = chunks.lease(Chunk.objects.get().id, state=ENRICH.requires, now=utc_now())
    assert leased is not None

    cancelled = cancel_operation(operation.id, now=utc_now())

    assert cancelled == 3
    with pytest.raises(steps.LeaseLost):
        chunks.lock(leased)
    assert operation.stats()["state"] == "cancelled"
    assert operation.result().cancelled_events == 3
    assert ends()["playback"] == (0, 0, 0, 0, 0, 3)
    assert not Chunk.objects.exists()
    assert cancel_operation(operation.id, now=utc_now()) == 0, "again changes nothing"


def test_cancelling_too_late_changes_nothing(services: OutsideService) -> None:
    operation = EventCollector().handle([interval(1)])
    for step in (ENRICH, PERSIST):
        steps.run(step, Chunk.objects.get().id)

    assert cancel_operation(operation.id, now=utc_now()) == 0
    work_all()

    status = find_operation(operation.id)
    assert status is not None
    assert (status.state, status.handled, status.cancelled) == ("done", 1, 0)

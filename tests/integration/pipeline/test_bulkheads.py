"""Chunks that wait for outside services: each set of services has threads of its own, and nothing is done twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from events.models import Chunk
from events.pipeline import bulkheads, dispatch
from events.pipeline.bulkheads import Bulkheads
from events.pipeline.steps import Outcome
from events.states import ChunkState, Step
from tests.support.pipeline import chunk_ids, heartbeat, post
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Work:
    """Stands for the first step: it takes until a test lets it end."""

    def __init__(self) -> None:
        self.may_end: dict[int, threading.Event] = {}
        self.begun: Counter[int] = Counter()
        self.dispatched: list[tuple[int, ChunkState]] = []

    def run(self, step: Step, chunk_id: int) -> Outcome:
        self.begun[chunk_id] += 1
        connection.close()
        self.may_end.setdefault(chunk_id, threading.Event()).wait(30)
        return Outcome.GO_ON

    def end(self, *chunk_ids: int) -> None:
        for chunk_id in chunk_ids:
            self.may_end.setdefault(chunk_id, threading.Event()).set()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Work]:
    settings.ENRICH_CONCURRENCY = 2
    made = Work()
    monkeypatch.setattr(bulkheads.steps, "run", made.run)
    monkeypatch.setattr(
        dispatch, "dispatch_chunk", lambda chunk_id, state, services: made.dispatched.append((chunk_id, state))
    )
    yield made
    made.end(*chunk_ids())


def chunks_of(*services: str, count: int) -> list[int]:
    """New chunks that may have to be looked up at these."""
    made = [chunk_id for number in range(count) for chunk_id in post([heartbeat("ann", "heat", number)])]
    Chunk.objects.filter(id__in=made).update(services=list(services))
    return made


def test_chunks_that_wait_for_one_service_leave_the_threads_of_others_alone(work: Work) -> None:
    hanging, other, both = chunks_of("a", count=5), chunks_of("b", count=1), chunks_of("a", "b", count=1)
    handed_over = Bulkheads()

    for chunk_id in hanging + other + both:
        handed_over.enrich(chunk_id)
    wait_until(lambda: work.begun.keys() >= {*hanging[:2], *other, *both}, what="all pools are at work")
    work.end(*other)
    wait_until(lambda: work.dispatched == [(other[0], ChunkState.ENRICHED)], what="the other one is through")

    assert set(work.begun) == {*hanging[:2], *other, *both}, "no more at the same time than set"
    work.end(*hanging, *both)
    wait_until(lambda: len(work.dispatched) == 7, what="all are through")
    assert set(work.begun.values()) == {1}


def test_a_chunk_that_is_dispatched_again_while_it_waits_is_done_once(work: Work) -> None:
    first, second, third = chunks_of("a", count=3)
    handed_over = Bulkheads()
    for _ in range(3):
        for chunk_id in (first, second, third):
            handed_over.enrich(chunk_id)

    work.end(first, second, third)

    wait_until(lambda: len(work.dispatched) == 3, what="all are through")
    assert work.begun == {first: 1, second: 1, third: 1}
    handed_over.enrich(first)
    wait_until(lambda: work.begun[first] == 2, what="when it is through it can be handed over again")


def test_a_chunk_that_is_dispatched_twice_at_once_is_done_once(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    (chunk_id,) = chunks_of("a", count=1)
    both_are_there = threading.Barrier(2, timeout=30)

    def services_of(_: int) -> tuple[str, ...]:
        both_are_there.wait()
        return ("a",)

    monkeypatch.setattr(bulkheads.chunks, "services_of", services_of)
    handed_over = Bulkheads()
    with ThreadPoolExecutor(2) as tasks:
        list(tasks.map(handed_over.enrich, [chunk_id] * 2))
    work.end(chunk_id)

    wait_until(lambda: not handed_over._handed_over, what="nothing is left to do")
    assert work.begun == {chunk_id: 1}


def test_closing_lets_go_of_what_waits_and_lets_what_is_under_way_end(work: Work) -> None:
    ids = chunks_of("a", count=4)
    handed_over = Bulkheads()
    for chunk_id in ids:
        handed_over.enrich(chunk_id)
    wait_until(lambda: len(work.begun) == 2, what="two are under way")

    handed_over.close()
    handed_over.enrich(chunks_of("b", count=1)[0])
    work.end(*chunk_ids())

    wait_until(lambda: len(work.dispatched) == 2, what="they are through")
    assert set(work.begun) == set(ids[:2])


def test_what_breaks_off_is_left_to_the_sweep_and_frees_its_thread(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = chunks_of("a", count=2)

    def run(step: Step, chunk_id: int) -> Outcome:
        if chunk_id == broken:
            raise RuntimeError("the database is away")
        return Outcome.GO_ON

    monkeypatch.setattr(bulkheads.steps, "run", run)
    handed_over = Bulkheads()
    handed_over.enrich(broken)
    handed_over.enrich(other)

    wait_until(lambda: work.dispatched == [(other, ChunkState.ENRICHED)], what="the other one is through")
    wait_until(lambda: not handed_over._handed_over, what="both can be handed over again")


def test_a_chunk_that_is_gone_is_not_handed_over(work: Work) -> None:
    handed_over = Bulkheads()
    handed_over.enrich(12345)
    assert not handed_over._pools


def test_chunks_know_the_services_that_their_events_may_be_looked_up_at() -> None:
    post(
        [
            {"type": "playback", "id": 1, "user_id": "ann", "video_id": "heat", "start_at": 1, "stop_at": 2}
            | {"bitrate_kbps": 1, "device_type": "TV", "error_code": None},
            {"type": "bet", "id": 1, "player_id": 1, "game_id": 1, "amount": 1, "currency": "USD", "created_at": 1},
            {"type": "bet", "id": 2, "player_id": 1, "game_id": 1, "amount": 1, "currency": "EUR", "created_at": 1},
            {"type": "heartbeat", "user": "ann", "slug": "heat", "at": 1},
        ],
        type_name=None,
    )
    assert {(types[0], tuple(services)) for types, services in Chunk.objects.values_list("types", "services")} == {
        ("playback", ("model", "region")),
        ("bet", ("exchange_rates",)),
        ("bet", ()),
        ("heartbeat", ()),
    }

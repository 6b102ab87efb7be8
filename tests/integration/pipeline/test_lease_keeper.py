"""A lease is renewed as long as its step is at work, whatever goes wrong once."""

from datetime import datetime
from threading import Event
from typing import Any

import pytest
from django.db import InterfaceError
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.pipeline import chunks, lease_keeper, steps
from events.pipeline.lease_keeper import LeaseKeeper
from events.pipeline.leased_chunk import LeasedChunk
from events.pipeline.steps import Outcome
from events.states import ENRICH, ChunkState
from tests.support.pipeline import heartbeat, post
from tests.support.processes.waiting import wait_until


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [InterfaceError("connection already closed"), RuntimeError("anything")])
def test_a_lease_is_renewed_after_a_renewal_that_failed(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, error: Exception
) -> None:
    # given
    settings.LEASE_SECONDS = 0.03
    attempts: list[Any] = []
    renewed = Event()

    def fail_at_first(query: str, parameters: dict[str, Any]) -> int:
        attempts.append(parameters["until"])
        if len(attempts) == 1:
            raise error
        rows = execute(query, parameters)
        renewed.set()
        return rows

    monkeypatch.setattr(lease_keeper, "execute", fail_at_first)
    (chunk_id,) = post([heartbeat("ann", "alien", 10)])
    chunk = chunks.lease(chunk_id, state=ChunkState.ACCEPTED, now=utc_now())
    assert chunk is not None
    # when
    with LeaseKeeper([chunk.id], chunk.token) as keeper:
        assert renewed.wait(30)
    assert keeper._thread.join(30)
    # then
    ((until,),) = fetch_all("SELECT lease_until FROM chunks")
    assert until in attempts[1:]


@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_over_soon_costs_no_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[object] = []
    monkeypatch.setattr(lease_keeper, "execute", lambda *arguments: renewals.append(arguments))
    (chunk_id,) = post([heartbeat("ann", "alien", 10)])
    chunk = chunks.lease(chunk_id, state=ChunkState.ACCEPTED, now=utc_now())
    assert chunk is not None
    keeper = LeaseKeeper([chunk.id], chunk.token)
    with keeper:
        pass
    assert keeper._thread.join(30)
    assert renewals == []


@pytest.mark.django_db(transaction=True)
def test_a_step_keeps_its_lease_however_long_it_takes(settings: Settings) -> None:
    settings.LEASE_SECONDS = 0.3
    (chunk_id,) = post([heartbeat("ann", "alien", 10)])

    def lease_until() -> datetime:
        ((until,),) = fetch_all("SELECT lease_until FROM chunks")
        return until

    def work(chunk: LeasedChunk, *, now: datetime) -> LeasedChunk:
        first = lease_until()
        wait_until(lambda: lease_until() > first, what="the lease is renewed", seconds=10)
        return chunk

    assert steps.run(ENRICH, chunk_id, work=work) is Outcome.GO_ON

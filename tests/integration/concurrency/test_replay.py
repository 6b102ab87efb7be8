"""Replays that meet other transactions."""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import psycopg2.errors
import pytest
from django.db import OperationalError, transaction

from events.clock import utc_now
from events.ids import new_ids
from events.intake import replay
from events.models import FailedEvent, UnsupportedEvent
from events.pipeline import tallies
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import chunk_ids, ends, process, rows_in

TYPES = ("heartbeat", "bet")


def count(**types: Iterable[str]) -> None:
    with transaction.atomic():
        tallies.add(**types)


def keep_unsupported(payload: str) -> None:
    """An event of each type, as one that nobody knew when it came, the last type's first."""
    for event_id, name in zip(new_ids(len(TYPES)), TYPES, strict=True):
        UnsupportedEvent.objects.create(id=uuid.UUID(event_id), type=name, payload=payload)
    count(unsupported=TYPES)


def test_tallies_are_locked_in_the_order_of_their_types(gate: Gate) -> None:
    # given two events that are going to be rejected, and somebody else who counts the first type
    keep_unsupported("{}")
    slot = {"slot": os.getpid() % tallies.SLOTS}
    gate.hold("SELECT 1 FROM event_tallies WHERE type = 'bet' AND slot = %(slot)s FOR UPDATE", slot)
    replayed = gate.start(lambda: list(replay.replay_unsupported(now=utc_now())))
    gate.wait_for_waiters(1)
    # then the last type can still be counted
    gate.hold("SELECT 1 FROM event_tallies WHERE type = 'heartbeat' AND slot = %(slot)s FOR UPDATE NOWAIT", slot)
    gate.open()
    assert replayed.result(timeout=60) == [(0, 2)]
    assert ends() == dict.fromkeys(TYPES, (0, 0, 0, 1, 0, 0))
    assert rows_in("unsupported_events", "failed_events") == {"unsupported_events": 0, "failed_events": 2}


Replay = Callable[[], Iterator[tuple[int, int]]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "run",
    [
        partial(replay.replay_unsupported, now=utc_now()),
        lambda: replay.replay_failed(replay.failed_events(), now=utc_now()),
    ],
)
def test_a_replay_that_met_another_transaction_is_tried_again(monkeypatch: pytest.MonkeyPatch, run: Replay) -> None:
    # given an event of each kind, and a deadlock at the last statement of the first attempt
    (event_id,) = new_ids(1)
    payload = '{"user": "ann", "slug": "alien", "at": 10}'
    UnsupportedEvent.objects.create(id=uuid.UUID(event_id), type="heartbeat", payload=payload)
    count(unsupported=["heartbeat"])
    (failed_id,) = new_ids(1)
    FailedEvent.objects.create(
        id=uuid.UUID(failed_id), type="heartbeat", step="validate", code="x", payload=payload, failed_at=utc_now()
    )
    count(rejected=["heartbeat"])
    attempts = 0
    take_back = tallies.take_back

    def deadlock_at_first(**types: object) -> None:
        nonlocal attempts
        attempts += 1
        take_back(**types)  # type: ignore[arg-type]
        if attempts == 1:
            raise OperationalError from psycopg2.errors.DeadlockDetected()

    monkeypatch.setattr(tallies, "take_back", deadlock_at_first)
    # when
    assert list(run()) == [(1, 0)]
    # then it happened once
    assert attempts == 2
    process(chunk_ids())
    (end,) = ends().values()
    assert end[0] == 1
    assert rows_in("chunks", "events") == {"chunks": 1, "events": 1}


def test_two_replays_at_once_share_the_events(gate: Gate) -> None:
    keep_unsupported('{"user": "ann", "slug": "alien", "at": 10}')
    gate.hold("LOCK TABLE chunks IN SHARE MODE")
    first = gate.start(lambda: list(replay.replay_unsupported(now=utc_now())))
    gate.wait_for_waiters(1)
    second = gate.start(lambda: list(replay.replay_unsupported(now=utc_now())))
    assert second.result(timeout=60) == [(0, 0)]
    gate.open()
    assert first.result(timeout=60) == [(1, 1)]
    assert rows_in("chunks", "failed_events") == {"chunks": 1, "failed_events": 1}
    assert ends() == {"heartbeat": (0, 0, 0, 0, 0, 0), "bet": (0, 0, 0, 1, 0, 0)}

"""When notifications are decided: not early, once, and from what is recorded."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute
from events.intake.accept import accept_one
from events.pipeline.drain import drain
from events.projections import projections
from events.records import EventRecord, decode_payload
from notifications import decision
from notifications.models import Notification, State
from notifications.outcome import Outcome
from notifications.save_outcomes import record
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import accept, happen, ids, launch, notifications, once_settled, program
from tests.support.notifications import Decided, decide, deliver
from tests.support.pipeline import chunk_ids, process

pytestmark = pytest.mark.django_db


def only() -> Notification:
    """The one notification there is."""
    return Notification.objects.get()


def delivered(decided: Decided) -> list[str]:
    """Ids of what is to be posted."""
    return [delivery.id for delivery in decided.deliveries]


def test_a_push_that_becomes_due_while_we_look_is_due_at_its_deadline() -> None:
    now = utc_now()
    happen(launch(0, since=now))
    assert only().due_at == only().occurred_at + timedelta(minutes=10)


def test_what_is_due_already_when_it_arrives_is_due_once_it_has_settled(settings: Settings) -> None:
    settings.NOTIFY_SETTLE_SECONDS = 7.0
    before = utc_now()
    happen(launch(0), program("started", 20), program("finished", 60))
    for row in Notification.objects.all():
        assert timedelta(seconds=6.9) <= row.due_at - before <= utc_now() - before + timedelta(seconds=7)
    assert len(notifications()) == 2


def test_nothing_is_decided_early_and_everything_when_it_is_due() -> None:
    happen(launch(0))
    assert delivered(decide(ids(), now=only().due_at - timedelta(microseconds=1))) == []
    assert delivered(decide(ids(), now=only().due_at)) == ids()
    assert delivered(decide(ids(), now=only().due_at)) == []
    assert only().state == State.LEASED


def test_what_comes_in_after_the_decision_changes_nothing() -> None:
    happen(launch(0))
    decide(ids(), now=once_settled())
    happen(program("started", 5), launch(2), launch(-6))
    assert notifications(State.LEASED) == [("start_training", "jane", 0)]
    # and what was decided stays closed: only the earlier launch opens an episode of its own
    assert notifications(State.PENDING) == [("start_training", "jane", -6)]


def test_a_congratulation_that_was_sent_is_not_sent_again_with_other_minutes(receiver: Receiver) -> None:
    happen(program("started", 0), program("finished", 40))
    deliver(ids(), clock=once_settled)
    before = Notification.objects.values().get()
    happen(program("started", 5))
    deliver(ids(), clock=once_settled)
    assert Notification.objects.values().get() == before
    assert [body["minutes"] for body in receiver.bodies] == [40]


def test_a_stored_event_counts_though_its_chunk_was_not_aggregated_in_a_minute() -> None:
    happen(launch(0))
    (chunk,) = accept([program("started", 5)])
    from events.states import ChunkState
    from tests.support.pipeline import run_to

    run_to(chunk, ChunkState.PERSISTED)
    assert delivered(decide(ids(), now=only().due_at + timedelta(minutes=2))) == []
    assert only().state == State.CANCELLED


@pytest.mark.parametrize("alone", [True, False])
def test_a_push_waits_for_events_that_were_accepted_and_are_not_processed(alone: bool) -> None:
    # given a push that is due, and a start that stands in the inbox, or in a chunk
    happen(launch(0))
    due = only().due_at
    if alone:
        accept_one(json.dumps(program("started", 5)).encode(), type_name=None, now=utc_now())
    else:
        accept([program("started", 5)])
    # then it waits, a minute at most
    assert decide(ids(), now=due).waiting == ids()
    waits_until = only().next_at
    assert decide(ids(), now=due).waiting == []
    assert decide(ids(), now=waits_until).waiting == ids()
    assert only().state == State.PENDING
    # when the start is processed, the push is off
    drain(now=utc_now())
    process([chunk for chunk in chunk_ids() if chunk])
    assert delivered(decide(ids(), now=due + timedelta(seconds=30))) == []
    assert only().state == State.CANCELLED


def test_a_push_does_not_wait_longer_than_a_minute() -> None:
    happen(launch(0))
    accept([program("started", 5)])
    assert delivered(decide(ids(), now=only().due_at + timedelta(seconds=60))) == ids()


def test_what_another_worker_has_taken_meanwhile_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a worker that finds a backlog, and another that takes the notification before the first one postpones it
    happen(launch(0))
    now = once_settled()
    taken: list[dict[str, Any]] = []

    def take(due_by_user: dict[str, datetime], types: tuple[str, ...]) -> set[str]:
        Notification.objects.update(decided_at=now, attempts=1, next_at=now + timedelta(seconds=100))
        taken.append(Notification.objects.values().get())
        return set(due_by_user)

    monkeypatch.setattr(decision, "users_with_backlog", take)
    # then the pause before its next attempt stands
    assert decide(ids(), now=now).waiting == ids()
    assert Notification.objects.values().get() == taken[0]


def test_a_retry_does_not_wait_for_events_of_its_user(settings: Settings) -> None:
    # given a push that was decided and posted in vain, and a start that was accepted before it was due
    happen(launch(0))
    accept([program("started", 5)])
    settings.NOTIFY_BACKLOG_SECONDS = 0
    now = only().due_at
    (first,) = decide(ids(), now=now).deliveries
    record([(first, Outcome(State.PENDING, "busy"))], now=now)
    # then it is posted again, whatever is not processed
    settings.NOTIFY_BACKLOG_SECONDS = 60
    assert delivered(decide(ids(), now=now)) == ids()


@pytest.mark.parametrize("event", [program("started", 5, user="bob"), program("finished", 5), launch(5, user="bob")])
def test_a_push_does_not_wait_for_events_that_do_not_concern_it(event: dict[str, object]) -> None:
    happen(launch(0))
    accept([event])
    assert delivered(decide(ids(), now=only().due_at)) == ids()


def test_a_push_does_not_wait_for_events_that_were_accepted_after_it_was_due(settings: Settings) -> None:
    settings.START_TRAINING_DELAY_SECONDS = 0.001
    happen(launch(0, since=utc_now() + timedelta(seconds=0.02)))
    due = only().due_at
    while utc_now() < due + timedelta(milliseconds=2):
        pass
    accept([program("started", 0, since=due)])
    assert delivered(decide(ids(), now=utc_now())) == ids()


def test_a_finish_that_was_processed_late_counts_from_when_it_was_accepted() -> None:
    # given a finish and its start, accepted within the settling time, in this order, and both processed long after
    finish = accept([program("finished", 40)])
    start = accept([program("started", 0)])
    process([*finish, *start])
    assert notifications(State.PENDING) == [("training_congratulation", "jane", 40)]


def test_taking_events_out_again_brings_back_what_they_prevented() -> None:
    happen(launch(0))
    (chunk,) = accept([program("started", 5)])
    records = _records(chunk)
    process([chunk])
    assert only().state == State.CANCELLED
    _take_out(records)
    assert (only().state, only().reason) == (State.PENDING, "")


def test_taking_events_out_again_deletes_what_they_called_for_unless_it_is_decided(receiver: Receiver) -> None:
    (first,) = accept([launch(0), launch(5)])
    records = _records(first)
    process([first])
    _take_out(records[:1])
    assert notifications() == [("start_training", "jane", 5)]
    deliver(ids(), clock=once_settled)
    _take_out(records[1:])
    assert notifications(State.SENT) == [("start_training", "jane", 5)]


def _records(chunk_id: int) -> list[EventRecord]:
    from events.models import Chunk

    return decode_payload(Chunk.objects.get(pk=chunk_id).payload)


def _take_out(records: list[EventRecord]) -> None:
    execute("DELETE FROM events WHERE id = ANY(%(ids)s::uuid[])", {"ids": [record.id for record in records]})
    projections.get("notifications").repair(records, now=utc_now())

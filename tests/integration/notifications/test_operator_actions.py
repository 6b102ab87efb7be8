"""What an operator may do with a notification in each of its states."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from werkzeug import Response

from events.clock import utc_now
from events.database import execute
from events.models import Chunk
from events.projections import projections
from events.records import decode_payload
from notifications import planning
from notifications.history import Scope, read_histories
from notifications.models import Notification, State
from notifications.operator_actions import cancel, send_again
from notifications.rules.base import Rule
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import accept, happen, ids, launch, once_settled, program
from tests.support.notifications import decide, deliver
from tests.support.pipeline import process

pytestmark = pytest.mark.django_db


def row() -> dict[str, Any]:
    """The one notification there is, whole."""
    return Notification.objects.values().get()


def bring_to(state: State, receiver: Receiver) -> dict[str, Any]:
    """A notification in that state."""
    happen(launch(0))
    if state is State.CANCELLED:
        happen(program("started", 5))
    if state is State.LEASED:
        decide(ids(), now=once_settled())
    if state in (State.SENT, State.FAILED):
        receiver.answers = [Response(status=202 if state is State.SENT else 400)]
        deliver(ids(), clock=once_settled)
    made = row()
    assert made["state"] == state
    return made


@pytest.mark.parametrize("state", State)
def test_only_what_is_pending_can_be_cancelled(state: State, receiver: Receiver) -> None:
    before = bring_to(state, receiver)
    now = utc_now()
    assert cancel(before["id"], who="ada", now=now) == (state is State.PENDING)
    changed = {"state": "cancelled", "reason": "cancelled by ada", "decided_at": now, "finished_at": now}
    assert row() == before | (changed if state is State.PENDING else {})


@pytest.mark.parametrize("state", State)
def test_only_what_failed_or_was_cancelled_can_be_sent_again(state: State, receiver: Receiver) -> None:
    before = bring_to(state, receiver)
    now = utc_now()
    can_be_sent = state in (State.FAILED, State.CANCELLED)
    assert send_again(before["id"], now=now) == can_be_sent
    changed = {"state": "pending", "reason": "", "attempts": 0, "decided_at": now, "next_at": now, "finished_at": None}
    assert row() == before | (changed if can_be_sent else {})


def test_a_notification_that_is_not_there_cannot_be_changed() -> None:
    assert not cancel(uuid.uuid4(), who="ada", now=utc_now())
    assert not send_again(uuid.uuid4(), now=utc_now())


def test_what_an_operator_cancelled_stays_cancelled_and_what_is_sent_again_is_sent(receiver: Receiver) -> None:
    before = bring_to(State.PENDING, receiver)
    assert cancel(before["id"], who="ada", now=utc_now())
    happen(launch(1))
    deliver(ids(), clock=once_settled)
    assert row()["state"] == State.CANCELLED
    assert receiver.calls == []
    # what users do afterwards does not change a word of an operator
    assert send_again(before["id"], now=utc_now())
    happen(program("started", 5))
    deliver(ids(), clock=once_settled)
    assert row()["state"] == State.SENT
    assert [key for key, _ in receiver.calls] == [str(before["id"])]


def let_an_operator_cancel_while_planning(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, whenever planning has read what notifications there are and has not written yet."""

    def read(rule: Rule, since: Mapping[Scope, datetime], *, whole: bool) -> Any:
        for key in Notification.objects.values_list("id", flat=True):
            cancel(key, who="ada", now=utc_now())
        return read_histories(rule, since, whole=whole)

    monkeypatch.setattr(planning, "read_histories", read)


def test_what_an_operator_cancels_while_it_is_planned_is_not_overwritten(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_to(State.PENDING, receiver)
    let_an_operator_cancel_while_planning(monkeypatch)
    happen(program("started", 5))
    assert row()["reason"] == "cancelled by ada"


def test_what_an_operator_cancels_while_it_is_planned_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    (chunk,) = accept([launch(0)])
    records = decode_payload(Chunk.objects.get(pk=chunk).payload)
    process([chunk])
    let_an_operator_cancel_while_planning(monkeypatch)
    execute("DELETE FROM events")
    projections.get("notifications").repair(records, now=utc_now())
    assert row()["reason"] == "cancelled by ada"

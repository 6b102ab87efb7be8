"""The Celery task `events.ingest`."""

import json
from typing import Any

import pytest
from celery.exceptions import Retry
from django.db import OperationalError

from events.exceptions import RequestProblem
from events.intake.back_pressure import back_pressure
from events.models import Event, FailedEvent
from events.tasks import ingest
from tests.support.pipeline import chunk_ids, ends, heartbeat, process, rows_in

pytestmark = pytest.mark.django_db(transaction=True)

BEAT = heartbeat("ann", "alien", 10) | {"type": "heartbeat"}


def send(events: Any, *, message: str = "message 1", **options: Any) -> dict[str, Any]:
    """What a worker does with a message."""
    answer: dict[str, Any] = ingest.apply([json.loads(json.dumps(events))], options, task_id=message, throw=True).get()
    return answer


def test_events_are_accepted_as_over_http(db: None) -> None:
    answer = send([BEAT, BEAT | {"at": -1}, {"type": "later"}])
    assert (answer["accepted"], answer["rejected"], answer["unsupported"]) == (1, 1, 1)
    assert [error["field"] for error in answer["errors"]] == ["at"]
    assert FailedEvent.objects.get().field == "at"
    process(chunk_ids())
    assert ends() == {"heartbeat": (1, 0, 0, 1, 0, 0), "later": (0, 0, 0, 0, 1, 0)}


@pytest.mark.parametrize("events", [BEAT, [BEAT], {"events": [BEAT]}])
def test_one_event_or_several_in_each_form(events: Any) -> None:
    assert send(events)["accepted"] == 1
    assert send([heartbeat("ann", "alien", 20)], message="message 2", type="heartbeat")["accepted"] == 1


def test_a_message_delivered_twice_counts_once() -> None:
    assert send([BEAT]) == send([BEAT])
    process(chunk_ids())
    assert rows_in("events", "operations") == {"events": 1, "operations": 1}
    # another message with the same events, which have no identity, is another matter
    send([BEAT], message="message 2")
    process(chunk_ids())
    assert Event.objects.count() == 2


@pytest.mark.parametrize("events", [[], "x", 1, None, [1], [{"type": "heartbeat"}], [BEAT | {"at": "x"}]])
def test_what_can_not_be_accepted_fails_the_task(events: Any) -> None:
    with pytest.raises(RequestProblem):
        send(events)
    assert rows_in("operations", "chunks") == {"operations": 0, "chunks": 0}


def test_while_the_database_is_away_the_message_is_sent_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    def away() -> None:
        raise OperationalError("away")

    def send_anew(signature: Any, **options: Any) -> None:
        sent.append({"args": signature.args, "task_id": signature.options["task_id"]})

    monkeypatch.setattr(back_pressure, "check", away)
    monkeypatch.setattr("celery.canvas.Signature.apply_async", send_anew)
    ingest.push_request(id="message 1", args=([BEAT],), kwargs={}, called_directly=False, retries=100)
    try:
        with pytest.raises(Retry):
            ingest.run([BEAT])
    finally:
        ingest.pop_request()
    assert sent == [{"args": ([BEAT],), "task_id": "message 1"}]

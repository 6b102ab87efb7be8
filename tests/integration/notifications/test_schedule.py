"""Dispatching what is due soon: for exact times, once, and again if nothing comes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from celery import Celery

from events.clock import utc_now
from notifications import schedule
from notifications.models import Notification
from tests.support.fitness import accept, ids, launch
from tests.support.notifications import decide
from tests.support.pipeline import process

Message = tuple[list[str], datetime]


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What would be sent to the workers."""
    sent: list[Message] = []

    def dispatch(ids: Sequence[str], *, eta: datetime, now: datetime) -> bool:
        sent.append((list(ids), eta))
        return True

    monkeypatch.setattr(schedule, "dispatch", dispatch)
    return sent


@pytest.mark.django_db
def test_what_is_due_soon_is_dispatched_once_and_again_when_nothing_comes_of_it(messages: list[Message]) -> None:
    # given one push that is due in ten minutes
    process(accept([launch(0, since=utc_now())]))
    due = Notification.objects.get().due_at
    # then it is dispatched shortly before, for the moment itself
    assert schedule.dispatch_due(now=due - timedelta(seconds=5)) == 0
    assert schedule.dispatch_due(now=due - timedelta(seconds=3)) == 1
    assert messages == [(ids(), due)]
    assert schedule.dispatch_due(now=due - timedelta(seconds=2)) == 0
    # and again soon after, should the message have been lost, with pauses that grow
    assert schedule.dispatch_due(now=due + timedelta(seconds=0.9)) == 0
    assert schedule.dispatch_due(now=due + timedelta(seconds=1.1)) == 1
    assert schedule.dispatch_due(now=due + timedelta(seconds=2.1)) == 0
    assert schedule.dispatch_due(now=due + timedelta(seconds=3.2)) == 1
    # and not while somebody delivers it
    lease_until = decide(ids(), now=due + timedelta(seconds=4)).lease_until
    assert schedule.dispatch_due(now=lease_until - timedelta(seconds=0.1)) == 0
    assert schedule.dispatch_due(now=lease_until) == 1


@pytest.mark.django_db
def test_a_beat_that_was_away_finds_everything_due(messages: list[Message]) -> None:
    process(accept([launch(0, user=f"user {n}", since=utc_now()) for n in range(500)]))
    late = utc_now() + timedelta(minutes=20)
    assert schedule.dispatch_due(now=late) == 500
    assert sorted(key for keys, _ in messages for key in keys) == sorted(ids())


@pytest.mark.django_db
def test_when_the_broker_is_away_it_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []

    def dispatch(ids: list[str], *, eta: datetime, now: datetime) -> bool:
        tried.append(ids)
        return False

    monkeypatch.setattr(schedule, "dispatch", dispatch)
    process(accept([launch(0, user=f"user {n}", since=utc_now()) for n in range(50)]))
    assert schedule.dispatch_due(now=Notification.objects.latest("due_at").due_at) == 50
    assert len(tried) == 1


def test_a_broker_that_is_away_is_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "current_app", Celery(broker="redis://127.0.0.1:9/0", set_as_current=False))
    now = utc_now()
    assert schedule.dispatch(["a"], eta=now + timedelta(seconds=1), now=now) is False


@pytest.mark.parametrize("seconds", [-1, 0, 3])
def test_a_message_names_the_notifications_and_the_moment(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Celery(broker="memory://", set_as_current=False)
    monkeypatch.setattr(schedule, "current_app", app)
    now = utc_now()
    eta = now + timedelta(seconds=seconds)
    assert schedule.dispatch(["a", "b"], eta=eta, now=now)
    with app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        message = queue.get(timeout=10)
    assert message.headers["task"] == "notifications.deliver"
    assert message.payload[0] == [["a", "b"]]
    assert message.headers["eta"] == (eta.isoformat() if seconds > 0 else None)

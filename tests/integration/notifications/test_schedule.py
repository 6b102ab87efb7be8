"""Handing out what is due soon: to exact times, once, and again if nothing comes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from events.clock import utc_now
from notifications import schedule
from notifications.decision import decide
from notifications.models import Notification
from tests.fitness import accept, ids, launch
from tests.pipeline import process

Message = tuple[list[str], datetime]


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What would be sent to the workers."""
    sent: list[Message] = []

    def publish(ids: Sequence[str], *, eta: datetime, now: datetime) -> bool:
        sent.append((list(ids), eta))
        return True

    monkeypatch.setattr(schedule, "publish", publish)
    return sent


@pytest.mark.django_db
def test_what_is_due_soon_is_handed_out_once_and_again_when_nothing_comes_of_it(messages: list[Message]) -> None:
    # given one push that is due in ten minutes
    process(accept([launch(0, since=utc_now())]))
    due = Notification.objects.get().due_at
    # then it is handed out shortly before, for the moment itself
    assert schedule.hand_out(now=due - timedelta(seconds=5)) == 0
    assert schedule.hand_out(now=due - timedelta(seconds=3)) == 1
    assert messages == [(ids(), due)]
    assert schedule.hand_out(now=due - timedelta(seconds=2)) == 0
    # and again soon after, should the message have been lost, with pauses that grow
    assert schedule.hand_out(now=due + timedelta(seconds=0.9)) == 0
    assert schedule.hand_out(now=due + timedelta(seconds=1.1)) == 1
    assert schedule.hand_out(now=due + timedelta(seconds=2.1)) == 0
    assert schedule.hand_out(now=due + timedelta(seconds=3.2)) == 1
    # and not while somebody delivers it
    lease_until = decide(ids(), now=due + timedelta(seconds=4)).lease_until
    assert schedule.hand_out(now=lease_until - timedelta(seconds=0.1)) == 0
    assert schedule.hand_out(now=lease_until) == 1


@pytest.mark.django_db
def test_a_beat_that_was_away_finds_everything_due(messages: list[Message]) -> None:
    process(accept([launch(0, user=f"user {n}", since=utc_now()) for n in range(500)]))
    late = utc_now() + timedelta(minutes=20)
    assert schedule.hand_out(now=late) == 500
    assert sorted(key for keys, _ in messages for key in keys) == sorted(ids())


def test_a_task_runs_when_the_last_of_its_notifications_is_due() -> None:
    start = datetime.fromisoformat("2026-01-31T12:00:00+00:00")
    rows = [(str(n), start + timedelta(milliseconds=7 * n)) for n in range(1000)]
    tasks = list(schedule.in_tasks(rows[::-1]))
    due = dict(rows)
    assert sorted(key for keys, _ in tasks for key in keys) == sorted(due)
    for keys, eta in tasks:
        assert eta == max(due[key] for key in keys)
        assert eta - min(due[key] for key in keys) <= timedelta(seconds=schedule.SLOT_SECONDS)
        assert len(keys) <= schedule.PER_TASK

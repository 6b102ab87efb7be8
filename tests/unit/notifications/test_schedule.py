"""Notifications that are due at about the same moment share a task."""

from datetime import datetime, timedelta

from notifications import schedule


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

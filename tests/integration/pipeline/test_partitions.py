"""The events table's partitions: a month each, made ahead; what was stored before there was one is moved there."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from celery.beat import Scheduler
from celery.signals import worker_ready

from events import tasks
from events.database import execute, fetch_all
from events.pipeline import partitions
from events.pipeline.partitions import ensure_partitions
from tests.support.partitions import Partitions, attached, month, store, stored

NOW = datetime(2030, 11, 20, tzinfo=UTC)


THESE = "WHERE id = ANY(%(ids)s::uuid[])"


def ids(wanted: set[uuid.UUID]) -> dict[str, object]:
    return {"ids": [str(one) for one in wanted]}


@pytest.mark.django_db
def test_months_are_made_ahead_and_again_without_harm() -> None:
    assert ensure_partitions(now=NOW) == ["events_2030_11", "events_2030_12", "events_2031_01"]
    assert ensure_partitions(now=NOW) == []


@pytest.mark.django_db
def test_an_event_is_stored_in_the_month_of_its_receipt() -> None:
    ensure_partitions(now=NOW)
    millisecond = timedelta(milliseconds=1)
    expected = {
        "events_2030_11": store(datetime(2030, 12, 1, tzinfo=UTC) - millisecond),
        "events_2030_12": store(datetime(2030, 12, 1, tzinfo=UTC)),
        "events_2031_01": store(datetime(2031, 2, 1, tzinfo=UTC) - millisecond),
        "events_default": store(datetime(2040, 1, 1, tzinfo=UTC)),
    }
    assert stored() == expected


@pytest.mark.django_db
def test_partitions_made_now_and_then_over_two_years_lose_nothing_and_leave_nothing_behind() -> None:
    expected: Partitions = {}
    for number in range(24):
        expected[f"events_{month(number):%Y_%m}"] = store(month(number), 3)
        if number in {0, 1, 5, 6, 12, 20, 23}:
            ensure_partitions(now=month(number, day=16))
            assert stored() == expected
    months_ahead = {"events_2032_01", "events_2032_02"}
    assert attached() >= months_ahead | set(expected)


@pytest.mark.django_db
def test_events_of_any_month_are_moved_the_months_of_a_replay_long_ago_too() -> None:
    ensure_partitions(now=NOW)
    expected = {"events_2021_02": store(datetime(2021, 2, 28, tzinfo=UTC)), "events_2040_01": store(month(120))}
    assert ensure_partitions(now=NOW) == ["events_2021_02", "events_2040_01"]
    assert stored() == expected


@pytest.mark.django_db
def test_partitions_have_the_indexes_and_constraints_of_the_table_and_no_others() -> None:
    store(month(0))
    ensure_partitions(now=month(0))
    described = "SELECT count(*) FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'c'"
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = %(table)s::regclass"
    (expected,) = fetch_all(indexes, {"table": "events"})
    for table in ("events_2030_01", "events_2030_02"):
        assert fetch_all(described, {"table": table}) == [(0,)]
        assert fetch_all(indexes, {"table": table}) == [expected]


@pytest.mark.django_db
def test_a_month_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """Somebody has detached a month and kept its table; an event of that month is replayed."""
    execute("CREATE TABLE events_2030_03 (LIKE events)")
    kept = store(month(2))
    assert ensure_partitions(now=month(1)) == ["events_2030_02", "events_2030_04"]
    assert stored() == {"events_default": kept}
    assert "events_2030_03" in caplog.text


@pytest.mark.django_db
def test_events_stay_visible_while_they_are_copied_and_changes_meanwhile_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed, deleted, untouched = (store(month(0, day=day), 2) for day in (1, 2, 3))
    added: set[uuid.UUID] = set()
    attach = partitions.attach

    def change_first(one: partitions.Month) -> None:
        if one.name == "events_2030_01":
            assert stored() == {"events_default": changed | deleted | untouched}
            execute(
                'UPDATE events SET enrichment = \'{"region": "Lebap"}\' WHERE id = ANY(%(ids)s::uuid[])', ids(changed)
            )
            execute("DELETE FROM events WHERE id = ANY(%(ids)s::uuid[])", ids(deleted))
            added.update(store(month(0, day=2) + timedelta(hours=1)))
        attach(one)

    monkeypatch.setattr(partitions, "attach", change_first)
    ensure_partitions(now=month(0))
    assert stored() == {"events_2030_01": changed | untouched | added}
    enriched = fetch_all("SELECT id FROM events WHERE enrichment IS NOT NULL")
    assert {event_id for (event_id,) in enriched} == changed


@pytest.mark.django_db
def test_more_events_than_one_batch_holds_are_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "ROWS_AT_ONCE", 7)
    expected = {"events_2030_01": store(month(0), 20), "events_2030_02": store(month(1), 7)}
    ensure_partitions(now=month(1))
    assert stored() == expected


def test_beat_makes_partitions_when_it_starts() -> None:
    scheduler = Scheduler(current_app, lazy=True)
    scheduler.setup_schedule()
    is_due, _ = scheduler.schedule["events.ensure_partitions"].is_due()
    assert is_due


def test_a_worker_has_partitions_made_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.ensure_partitions, "apply_async", lambda **options: sent.append(options))
    worker_ready.send(sender=None)
    assert sent == [{"retry": False}]

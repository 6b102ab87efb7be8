"""When a month of events goes, what it waits for, and that what was decided stays decided."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from events.clock import utc_now
from events.database import fetch_all
from events.ids import lowest_id_at
from events.models import FailedEvent
from events.retention.registry import prunings
from events.states import ChunkState
from events.systems.ads.collecting import collect, opened
from notifications.models import State
from tests.integration.ads import collecting
from tests.integration.concurrency.gate import Gate
from tests.integration.notifications.conftest import Receiver
from tests.integration.retention.months import (
    OLD,
    OLD_MONTH,
    PARTITION,
    count,
    partitions,
    prune_events,
    received_long_ago,
)
from tests.support.ads import served
from tests.support.fitness import happen, ids, launch, notifications, once_settled, program
from tests.support.notifications import deliver
from tests.support.pipeline import ends, heartbeat, post, process, rows_in, run_to
from tests.support.watch_time import Beat, defined, stored
from watchtime import baselines
from watchtime.recompute import differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thirty_days")]


def test_every_batch_is_a_step_and_whoever_is_cut_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "PAIRS_AT_ONCE", 1)
    count(*OLD)
    received_long_ago()
    for made in (1, 2, 3):
        (pruning,) = [each for each in prunings() if each.table == "events"]
        for _ in range(4):  # the other dependents first
            if rows_in("watch_time_baselines") != {"watch_time_baselines": made}:
                pruning.delete_batch(before=utc_now() - timedelta(days=30), after=None)
        assert rows_in("watch_time_baselines") == {"watch_time_baselines": made}
        assert stored(fetch_all) == defined(OLD)
        assert differences() == []
    assert prune_events() == len(OLD)


def test_nothing_goes_before_a_month_is_old_as_a_whole(settings: Settings) -> None:
    count(*OLD)
    received_long_ago()
    settings.RETENTION_DAYS = (utc_now() - OLD_MONTH).days
    assert prune_events() == 0
    settings.RETENTION_DAYS = None
    assert prune_events() == 0
    assert stored(fetch_all) == defined(OLD)


def test_a_month_waits_for_an_event_that_is_under_way_and_belongs_into_a_pair_of_it() -> None:
    count(*OLD)
    received_long_ago()
    (chunk,) = post([heartbeat("ann", "alien", 20, second=2)])
    run_to(chunk, ChunkState.PERSISTED)
    assert prune_events() == 0
    process([chunk])
    assert prune_events() == len(OLD)
    assert stored(fetch_all) == defined([*OLD, Beat("ann", "alien", 20, 2)])
    assert (ends(), differences()) == ({"heartbeat": (6, 0, 0, 0, 0, 0)}, [])


def test_a_month_waits_for_events_that_may_still_come_into_it() -> None:
    count(*OLD)
    received_long_ago()
    failed = FailedEvent.objects.create(
        id=uuid.UUID(int=lowest_id_at(OLD_MONTH).int + 7), type="bet", step="enrich", payload="{}", failed_at=utc_now()
    )
    assert prune_events() == 0
    failed.delete()
    assert prune_events() == len(OLD)


def test_a_reader_who_takes_long_is_not_waited_for(gate: Gate) -> None:
    count(*OLD)
    received_long_ago()
    gate.hold("SELECT count(*) FROM events")
    assert prune_events() == 0
    assert PARTITION in partitions()
    gate.open()
    assert prune_events() == len(OLD)


def test_two_at_once_do_it_once(gate: Gate) -> None:
    count(*OLD)
    received_long_ago()
    both = gate.pass_together("LOCK TABLE months_to_prune IN ACCESS EXCLUSIVE MODE", prune_events, prune_events)
    prune_events()
    assert sum(both) == len(OLD)
    assert stored(fetch_all) == defined(OLD)
    assert differences() == []


def test_a_month_waits_for_the_ad_files(tmp_path: Path) -> None:
    with opened(tmp_path, now=utc_now()) as directory_id:
        while collect(directory_id, tmp_path):
            pass
        collecting.send(served("s1", "10:00"))
        collecting.process_everything()
        received_long_ago()
        assert prune_events() == 0
        assert collect(directory_id, tmp_path) == 1
        assert prune_events() == 1


def test_a_month_waits_for_notifications_that_are_not_sent() -> None:
    happen(launch(0))
    received_long_ago()
    assert notifications(State.PENDING) == [("start_training", "jane", 0)]
    assert prune_events() == 0


def test_what_was_decided_from_pruned_events_stays_decided(receiver: Receiver) -> None:
    happen(launch(0), program("started", 20), program("finished", 60))
    deliver(ids(), clock=once_settled)
    received_long_ago()
    assert prune_events() == 3
    happen(launch(3), program("started", 19), program("finished", 59), launch(61))
    deliver(ids(), clock=once_settled)
    assert [body["type"] for body in receiver.bodies].count("training_congratulation") == 1
    assert notifications(State.SENT) == [
        ("start_training", "jane", 0),
        ("start_training", "jane", 61),
        ("training_congratulation", "jane", 60),
    ]


def test_by_hand_events_go_at_the_age_that_is_given(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.RETENTION_DAYS = None
    count(*OLD)
    received_long_ago()
    call_command("prune", "--dry-run", "--older-than", "30d")
    assert f"events: {len(OLD)} rows would be deleted." in capsys.readouterr().out
    call_command("prune", "--older-than", "30d")
    assert f"events: {len(OLD)} rows deleted." in capsys.readouterr().out
    assert stored(fetch_all) == defined(OLD)

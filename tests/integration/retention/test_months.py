"""Events that are pruned leave exact totals, and what was decided stays decided."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.ids import lowest_id_at
from events.models import FailedEvent
from events.pipeline.partitions import ensure_partitions
from events.retention import identities
from events.retention.pruning import prune
from events.retention.registry import prunings
from events.states import ChunkState
from events.systems.ads.collecting import collect, opened
from notifications.models import State
from tests.integration.ads import collecting
from tests.integration.concurrency.gate import Gate
from tests.integration.notifications.conftest import Receiver
from tests.support.ads import served
from tests.support.fitness import happen, ids, launch, notifications, once_settled, program
from tests.support.notifications import deliver
from tests.support.pipeline import ends, heartbeat, post, process, rows_in, run_to
from tests.support.watch_time import Beat, defined, stored
from watchtime import baselines
from watchtime.recompute import differences

pytestmark = pytest.mark.django_db(transaction=True)

#: Two months before this one: all of it is more than 31 days old.
LAST = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
OLD_MONTH = (LAST.replace(day=1) - timedelta(days=10)).replace(day=10)
PARTITION = f"events_{OLD_MONTH:%Y_%m}"


@pytest.fixture(autouse=True)
def _thirty_days(settings: Settings) -> Iterator[None]:
    settings.RETENTION_DAYS = 30
    yield
    execute("TRUNCATE events")
    for (name,) in fetch_all(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ 'events_[0-9]{4}_[0-9]{2}$'"
    ):
        execute(f"DROP TABLE {connection.ops.quote_name(name)}")


def received_long_ago(condition: str = "true") -> None:
    """Makes stored events ones of OLD_MONTH, in a partition of their own."""
    prefix = str(lowest_id_at(OLD_MONTH))[:13]
    execute(f"UPDATE events SET id = (%(prefix)s || substr(id::text, 14))::uuid WHERE {condition}", {"prefix": prefix})
    for table in ("watch_time_pairs", "uncollected_events", "notifications"):
        column = {"watch_time_pairs": "last_event_id", "uncollected_events": "event_id"}.get(table, "trigger_id")
        execute(
            f"UPDATE {table} SET {column} = (%(prefix)s || substr({column}::text, 14))::uuid "
            f"WHERE EXISTS (SELECT FROM events WHERE id = (%(prefix)s || substr({table}.{column}::text, 14))::uuid)",
            {"prefix": prefix},
        )
    ensure_partitions(now=utc_now())
    assert PARTITION in partitions()


def partitions() -> set[str]:
    rows = fetch_all("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass")
    return {name for (name,) in rows}


def prune_events() -> int:
    """What beat does; events deleted."""
    return prune(prunings(), now=utc_now(), seconds=60)["events"]


def count(*beats: Beat) -> None:
    """Processes heartbeats, one request after the other."""
    for beat in beats:
        process(post([heartbeat(beat.user, beat.movie, beat.at, second=beat.when)]))


OLD = [
    Beat("ann", "alien", 10, 1),
    Beat("ann", "alien", 50, 5),
    Beat("ann", "brazil", 7, 2),
    Beat("bob", "alien", 30, 3),
    Beat("bob", "alien", 20, 4),
]
#: The first one is a step back between two of OLD, so it changes what the later one adds.
NEW = [
    Beat("ann", "alien", 5, 3),
    Beat("ann", "alien", 60, 6),
    Beat("bob", "alien", 25, 9),
    Beat("cid", "alien", 5, 1),
]


@pytest.fixture
def pruned() -> None:
    """OLD is gone, with an old partition; of NEW one lies in between the times of OLD."""
    count(*OLD)
    received_long_ago()
    count(*NEW)
    assert stored(fetch_all) == defined(OLD + NEW)
    assert prune_events() == len(OLD)


def test_totals_stay_when_a_month_is_gone(pruned: None) -> None:
    assert PARTITION not in partitions()
    assert fetch_all("SELECT relname FROM pg_class WHERE relname ~ '^pruned'") == []
    assert rows_in("events", "months_to_prune", "watch_time_baselines") == {
        "events": len(NEW),
        "months_to_prune": 0,
        "watch_time_baselines": 3,
    }
    assert stored(fetch_all) == defined(OLD + NEW)
    assert differences() == []


def test_a_total_that_was_changed_by_hand_is_mended_from_its_baseline(pruned: None) -> None:
    execute("UPDATE watch_time_pairs SET watch_seconds = watch_seconds + 1")
    execute("DELETE FROM watch_time_pairs WHERE movie = 'brazil'")
    assert {item.of for item in differences()} == {"pair", "movie", "user"}
    call_command("recompute_watch_time")
    assert stored(fetch_all) == defined(OLD + NEW)
    call_command("recompute_watch_time", "--check")


def test_what_comes_after_the_baseline_counts_in_any_order(pruned: None) -> None:
    later = [Beat("ann", "alien", 90, 20), Beat("ann", "alien", 70, 10), Beat("ann", "brazil", 9, 3)]
    count(*later)
    assert stored(fetch_all) == defined(OLD + NEW + later)
    assert differences() == []
    assert ends() == {"heartbeat": (12, 0, 0, 0, 0, 0)}
    assert rows_in("events") == {"events": len(NEW) + 3}


def test_what_is_older_than_the_baseline_is_kept_marked_and_counted_and_adds_nothing(pruned: None) -> None:
    late = heartbeat("ann", "alien", 4000, second=2)
    (chunk,) = post([late, heartbeat("ann", "alien", 70, second=10)])
    process([chunk])
    assert stored(fetch_all) == defined([*OLD, *NEW, Beat("ann", "alien", 70, 10)])
    assert differences() == []
    marked = fetch_all("SELECT data->>'at', enrichment::text FROM events WHERE enrichment IS NOT NULL")
    assert marked == [("4000", '{"too_late": true}')]
    document = Client().get("/v1/stats").json()
    assert (document["total_events"], document["too_late_events"]) == (11, 1)
    assert document["by_type"]["heartbeat"]["too_late_events"] == 1


def test_the_next_month_moves_the_baseline_on(pruned: None) -> None:
    received_long_ago("data->>'at' IN ('60', '25')")
    assert prune_events() == 2
    count(Beat("ann", "alien", 61, 6.5))
    assert stored(fetch_all) == defined([*OLD, *NEW, Beat("ann", "alien", 61, 6.5)])
    assert differences() == []


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


def test_identities_go_at_their_age_wherever_the_walk_begins(settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr(identities, "KEYS_AT_ONCE", 3)
    beats = [heartbeat(f"user {n}", "alien", n, second=n, id=f"b{n}", type="heartbeat") for n in range(20)]
    process(post(beats))
    old = uuid.UUID(int=lowest_id_at(utc_now() - timedelta(days=8)).int)
    execute(
        "UPDATE dedupe_keys SET event_id = %(old)s WHERE key >= '80000000-0000-0000-0000-000000000000'", {"old": old}
    )
    ((expected,),) = fetch_all("SELECT count(*) FROM dedupe_keys WHERE event_id = %(old)s", {"old": old})
    assert 0 < expected < 20
    assert "dedupe_keys" not in prune(prunings(), now=utc_now(), seconds=60)
    settings.DEDUPE_DAYS = 7
    for began in ("00000000-0000-0000-0000-000000000000", "f8000000-0000-0000-0000-000000000000"):
        monkeypatch.setattr(identities, "_anywhere", lambda began=began: identities._Position(*2 * [uuid.UUID(began)]))
        assert prune(prunings(), now=utc_now(), seconds=60)["dedupe_keys"] == expected
        assert rows_in("dedupe_keys") == {"dedupe_keys": 20 - expected}
        execute(
            "INSERT INTO dedupe_keys SELECT overlay(gen_random_uuid()::text placing 'f' from 1 for 1)::uuid, %(old)s "
            f"FROM generate_series(1, {expected})",
            {"old": old},
        )


def test_an_event_whose_identity_is_gone_counts_again(settings: Settings) -> None:
    settings.DEDUPE_DAYS = 1
    beat = heartbeat("ann", "alien", 5, second=1, id="b", type="heartbeat")
    for day, duplicates in ((0, 0), (0, 1), (2, 1)):
        prune(prunings(), now=utc_now() + timedelta(days=day), seconds=60)
        Client().post("/v1/events", json.dumps([beat]), content_type="application/json")
        process([chunk for (chunk,) in fetch_all("SELECT id FROM chunks WHERE is_unpublished")])
        assert rows_in("duplicate_events") == {"duplicate_events": duplicates}
    assert rows_in("events") == {"events": 2}


@pytest.mark.parametrize("seed", range(3))
def test_any_history_keeps_its_totals(seed: int) -> None:
    """Beats of random times in random chunks, pruned now and then: what is older than what is gone adds nothing."""
    random = Random(seed)
    counted: list[Beat] = []
    gone_until: dict[tuple[str, str], int] = {}
    late = 0
    for moments in batched(random.sample(range(10_000), 60), 5):
        beats = [
            Beat(random.choice(("ann", "bob")), random.choice(("alien", "brazil")), random.randrange(100), moment)
            for moment in moments
        ]
        on_time = [beat for beat in beats if beat.when > gone_until.get((beat.user, beat.movie), -1)]
        counted += on_time
        late += len(beats) - len(on_time)
        process(post([heartbeat(beat.user, beat.movie, beat.at, second=beat.when) for beat in beats]))
        if random.random() < 0.3:
            received_long_ago()
            assert prune_events() > 0
            for beat in counted:
                gone_until[beat.user, beat.movie] = max(beat.when, gone_until.get((beat.user, beat.movie), -1))
    assert late > 0
    assert Client().get("/v1/stats").json()["too_late_events"] == late
    assert stored(fetch_all) == defined(counted)
    assert differences() == []


def batched(moments: list[int], size: int) -> list[list[int]]:
    return [moments[start : start + size] for start in range(0, len(moments), size)]

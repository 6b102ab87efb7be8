"""What is old goes, what is not stays, and what depended on it still works."""

import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from events import tasks
from events.clock import utc_now
from events.database import execute, fetch_all
from events.ids import lowest_id_at, new_ids
from events.models import FailedEvent
from events.projections import projections
from events.retention import pruning as module
from events.retention.pruning import delete_old, prune
from events.retention.registry import prunings
from events.states import ChunkState
from events.systems.ads.collecting import collect, opened
from tests.integration.ads import collecting
from tests.integration.concurrency.gate import Gate
from tests.integration.pipeline.saboteur import Saboteur
from tests.support.ads import served
from tests.support.pipeline import chunk_ids, heartbeat, post, process, rows_in, run_to, state_of
from tests.support.sweeps import Time, work_until_idle

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = ("chunks", "operations", "duplicate_events", "failed_events", "unsupported_events", "idempotent_responses")
STAYS = ("events", "dedupe_keys", "watch_time_pairs", "watch_time_movies", "watch_time_users")


def prune_after(**age: float) -> dict[str, int]:
    """What beat does once that much time has passed; rows deleted by table."""
    return prune(prunings(), now=utc_now() + timedelta(**age), seconds=60)


def send(events: list[dict[str, Any]], **headers: str) -> Any:
    """Posts events that name their types, and processes them; the response's JSON."""
    response = Client().post("/v1/events", json.dumps(events), content_type="application/json", headers=headers)
    process([chunk_id for chunk_id in chunk_ids() if state_of(chunk_id) != ChunkState.PUBLISHED])
    return response.json()


def beat(number: int = 1, **fields: Any) -> dict[str, Any]:
    return heartbeat("ann", "alien", 10 * number, second=number, id=f"beat-{number}", type="heartbeat", **fields)


@pytest.fixture
def something_of_everything() -> Any:
    """An operation with an event, a duplicate, a rejected item and an unsupported event; the response to it."""
    return send([beat(1), beat(1), beat(2) | {"at": -1}, {"type": "parade"}], **{"Idempotency-Key": "k"})


@pytest.mark.parametrize(
    ("age", "gone"),
    [
        (timedelta(minutes=59), set()),
        (timedelta(minutes=61), {"chunks"}),
        (timedelta(hours=26), {"chunks", "idempotent_responses"}),
        (timedelta(days=31), {"chunks", "idempotent_responses", "operations", "duplicate_events"}),
        (timedelta(days=91), {*TABLES}),
    ],
    ids=["59 minutes", "61 minutes", "26 hours", "31 days", "91 days"],
)
def test_each_thing_goes_at_its_age_and_nothing_else(
    something_of_everything: Any, age: timedelta, gone: set[str]
) -> None:
    before = rows_in(*TABLES, *STAYS)
    assert all(before.values())
    deleted = prune(prunings(), now=utc_now() + age, seconds=60)
    assert deleted == {table: before[table] for table in gone}
    assert rows_in(*TABLES, *STAYS) == {**before, **dict.fromkeys(gone, 0)}


def test_an_age_is_a_setting(something_of_everything: Any, settings: Settings) -> None:
    settings.KEEP_OPERATIONS_DAYS = 2
    assert set(prune_after(days=3)) == {"chunks", "idempotent_responses", "operations", "duplicate_events"}


def test_what_is_under_way_stays_however_old(something_of_everything: Any) -> None:
    waiting, aggregated = (post([heartbeat("ben", "alien", at)])[0] for at in (1, 2))
    run_to(waiting, ChunkState.PERSISTED)
    run_to(aggregated, ChunkState.PERSISTED)
    execute("UPDATE chunks SET state = 'aggregated', finished_at = now() WHERE id = %(id)s", {"id": aggregated})
    prune_after(days=1000)
    assert chunk_ids() == [waiting, aggregated]
    assert rows_in("operations") == {"operations": 2}
    process([waiting])


def test_operation_and_event_are_what_they_were_without_their_chunks(something_of_everything: Any) -> None:
    client = Client()
    operation = something_of_everything["operation"]
    (event,) = client.get("/v1/events").json()["results"]
    before = client.get(f"/v1/operations/{operation}").json()
    prune_after(hours=2)
    assert rows_in("chunks") == {"chunks": 0}
    assert client.get(f"/v1/operations/{operation}").json() == before
    assert client.get(f"/v1/events/{event['id']}").json()["state"] == "processed"


def test_ad_events_are_collected_without_their_chunks(tmp_path: Path) -> None:
    """They were counted before the directory was collected."""
    assert collecting.send(served("s1", "10:00")) == "event saved"
    collecting.process_everything()
    prune_after(hours=2)
    with opened(tmp_path, now=utc_now()) as directory_id:
        assert collect(directory_id, tmp_path) == 1


def test_a_failed_event_goes_with_its_identity_and_is_new_when_it_is_sent_again() -> None:
    saboteur = Saboteur()
    saboteur.hates = {"ann"}
    projections.add("saboteur", saboteur)
    try:
        post([beat(1), heartbeat("ben", "alien", 5, id="ben-1")])
        work_until_idle(Time())
    finally:
        projections.remove("saboteur")
    assert rows_in("failed_events", "dedupe_keys") == {"failed_events": 1, "dedupe_keys": 2}

    prune_after(days=91)
    assert rows_in("failed_events", "dedupe_keys") == {"failed_events": 0, "dedupe_keys": 1}
    send([beat(1), heartbeat("ben", "alien", 5, id="ben-1") | {"type": "heartbeat"}])
    assert rows_in("events", "duplicate_events") == {"events": 2, "duplicate_events": 1}


def test_a_failed_event_that_failed_again_lately_stays(something_of_everything: Any) -> None:
    FailedEvent.objects.update(failed_at=utc_now() + timedelta(days=80))
    prune_after(days=91)
    assert rows_in("failed_events") == {"failed_events": 1}


def test_sessions_that_have_expired_go() -> None:
    for _ in range(2):
        SessionStore().save()
    execute("UPDATE django_session SET expire_date = now() - interval '1 hour' WHERE ctid = '(0,1)'")
    prune_after(minutes=0)
    assert rows_in("django_session") == {"django_session": 1}


def finished_operations(count: int) -> None:
    """Operations that ended a moment ago."""
    execute(
        "INSERT INTO operations (id, created_at, finished_at, total, handled, rejected, unsupported) "
        "SELECT id, now(), now(), 0, 0, 0, 0 FROM unnest(%(ids)s::uuid[]) AS id",
        {"ids": new_ids(count)},
    )


def test_what_somebody_holds_is_left_and_nobody_is_waited_for(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    finished_operations(10)
    gate.hold("SELECT 1 FROM operations WHERE id = (SELECT id FROM operations ORDER BY id OFFSET 4 LIMIT 1) FOR UPDATE")
    assert prune_after(days=31) == {"operations": 9}
    gate.open()
    assert prune_after(days=31) == {"operations": 1}


def test_two_at_once_delete_each_row_once(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    finished_operations(200)
    both = gate.pass_together("LOCK TABLE operations IN ACCESS EXCLUSIVE MODE", *2 * [lambda: prune_after(days=31)])
    assert sum(deleted.get("operations", 0) for deleted in both) == 200
    assert rows_in("operations") == {"operations": 0}


def test_whoever_is_cut_off_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    finished_operations(10)
    (operations,) = [pruning for pruning in prunings() if pruning.table == "operations"]
    batches = delete_old(operations, before=utc_now() + timedelta(days=1))
    assert [next(batches), next(batches)] == [4, 4]
    batches.close()
    assert rows_in("operations") == {"operations": 2}
    assert prune_after(days=31) == {"operations": 2}


def test_time_is_limited_and_tables_take_turns(
    something_of_everything: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    finished_operations(10)
    seconds = iter(range(1000))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    deleted = prune(prunings(), now=utc_now() + timedelta(days=91), seconds=len(prunings()) + 0.5)
    assert deleted == dict.fromkeys(TABLES, 1)


def test_beat_prunes_every_minute() -> None:
    entry = current_app.conf.beat_schedule["events.prune"]
    assert (entry["task"], entry["schedule"]) == ("events.prune", 60)


def test_the_task_prunes(something_of_everything: Any) -> None:
    execute("UPDATE chunks SET finished_at = now() - interval '2 hours'")
    tasks.prune()
    assert rows_in("chunks") == {"chunks": 0}


@pytest.mark.parametrize("arguments", [[], ["--older-than", "40d"]], ids=" ".join)
def test_a_dry_run_says_what_would_go_and_deletes_nothing(
    something_of_everything: Any, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    age_everything(days=50 if arguments else 95)
    before = rows_in(*TABLES)
    call_command("prune", "--dry-run", *arguments)
    said = dict(re.findall(r"(\w+): (\d+) rows would be deleted", capsys.readouterr().out))
    assert {table: int(said[table]) for table in TABLES} == before
    assert rows_in(*TABLES) == before
    call_command("prune", *arguments)
    assert rows_in(*TABLES) == dict.fromkeys(TABLES, 0)


def age_everything(*, days: int) -> None:
    """Moves what there is into the past; its ids, too."""
    moments = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %(table)s::regclass AND attnum > 0 AND atttypid = 'timestamptz'::regtype
    """
    for table in TABLES:
        columns = [f"{name} = {name} - %(age)s" for (name,) in fetch_all(moments, {"table": table})]
        if table not in {"chunks", "idempotent_responses"}:
            columns.append("id = (%(prefix)s || substr(id::text, 14))::uuid")
        prefix = str(lowest_id_at(utc_now() - timedelta(days=days)))[:13]
        execute(f"UPDATE {table} SET {', '.join(columns)}", {"age": timedelta(days=days), "prefix": prefix})


def test_a_promise_is_kept_whatever_an_operator_says(something_of_everything: Any, settings: Settings) -> None:
    settings.IDEMPOTENCY_HOURS = 24 * 365
    age_everything(days=95)
    call_command("prune", "--older-than", "1h")
    assert rows_in(*TABLES) == {**dict.fromkeys(TABLES, 0), "idempotent_responses": 1}


@pytest.mark.parametrize("age", ["90", "d", "0d", "-1d", "1w", "90 d"])
def test_an_age_that_is_none_is_refused_in_words(age: str) -> None:
    with pytest.raises(CommandError, match="it may be a number of days or hours, such as 90d or 12h"):
        call_command("prune", f"--older-than={age}")

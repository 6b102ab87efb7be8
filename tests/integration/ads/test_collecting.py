"""`manage.py collect_ads`: both files current, each event one line."""

import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from events.clock import utc_now
from events.pipeline.drain import drain
from events.states import ChunkState
from events.systems.ads import collecting
from events.systems.ads.columns import COLUMNS, SERVING_FILE, USER_FILE
from events.systems.ads.models import CollectedDirectory, UncollectedEvent
from tests.integration.ads.collecting import process_everything, send
from tests.support.ads import SAMPLE, read_csv, seen, served
from tests.support.pipeline import chunk_ids, run_to

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = ",".join(COLUMNS) + "\n"


def collect(directory: Path) -> tuple[list[str], list[str]]:
    """Makes the files current; the eventIds in each."""
    call_command("collect_ads", output=directory, once=True)
    return ids_in(directory, SERVING_FILE), ids_in(directory, USER_FILE)


def ids_in(directory: Path, name: str) -> list[str]:
    return [row["eventId"] for row in read_csv(directory / name)]


def test_the_files_of_the_sample_are_written_byte_for_byte(tmp_path: Path) -> None:
    for row in [*read_csv(SAMPLE / SERVING_FILE), *read_csv(SAMPLE / USER_FILE)]:
        send(row)
    process_everything()
    collect(tmp_path)
    for name in (SERVING_FILE, USER_FILE):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes()


def test_events_of_before_and_of_later_are_one_line_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "PAGE_SIZE", 2)
    for number in range(5):
        send(served(f"old{number}", "9:00"))
    process_everything()
    assert collect(tmp_path) == ([f"old{number}" for number in range(5)], [])
    send(served("new", "9:01"))
    send(seen("click", "9:02", "new", eventType="click"))
    send(served("new", "9:03"))  # the same event again
    process_everything()
    assert collect(tmp_path)[0][5:] == ["new"]
    assert collect(tmp_path)[1] == ["click"]
    assert not UncollectedEvent.objects.exists()


def test_an_event_that_is_stored_and_not_yet_counted_comes_once(tmp_path: Path) -> None:
    # given a chunk that is stored, and a directory that begins to be collected right then
    send(served("between", "9:00"))
    drain(now=utc_now())
    (chunk_id,) = chunk_ids()
    run_to(chunk_id, ChunkState.PERSISTED)
    assert collect(tmp_path) == ([], [])
    # when its totals are counted
    run_to(chunk_id, ChunkState.PUBLISHED)
    # then
    assert collect(tmp_path) == (["between"], [])
    assert collect(tmp_path) == (["between"], [])


def test_a_directory_is_added_between_transactions_that_note_events_and_not_amid_one(tmp_path: Path) -> None:
    # given a chunk whose transaction has noted its events for no directory
    send(served("amid", "9:00"))
    drain(now=utc_now())
    (chunk_id,) = chunk_ids()
    run_to(chunk_id, ChunkState.PERSISTED)
    counting, go_on = threading.Event(), threading.Event()

    def count() -> None:
        from events.projections import projections

        projection = projections.get("collected directories")
        original = projection.apply

        def apply_and_wait(records: object, *, now: object) -> None:
            original(records, now=now)  # type: ignore[arg-type]
            counting.set()
            assert go_on.wait(30)

        projection.apply = apply_and_wait  # type: ignore[method-assign,assignment]
        try:
            run_to(chunk_id, ChunkState.PUBLISHED)
        finally:
            del projection.apply  # type: ignore[attr-defined]
            connection.close()

    worker = threading.Thread(target=count)
    worker.start()
    assert counting.wait(30)
    # when the directory begins to be collected meanwhile
    collected: list[tuple[list[str], list[str]]] = []

    def begin() -> None:
        with collecting.opened(tmp_path, now=utc_now()) as directory_id:
            while collecting.collect(directory_id, tmp_path):
                pass
        collected.append((ids_in(tmp_path, SERVING_FILE), ids_in(tmp_path, USER_FILE)))
        connection.close()

    beginner = threading.Thread(target=begin)
    beginner.start()
    while not _waits_for_a_lock():
        assert beginner.is_alive()
    go_on.set()
    worker.join()
    beginner.join()
    # then the event is there, once
    assert collected == [(["amid"], [])]
    assert collect(tmp_path) == (["amid"], [])


def _waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock')")
        return bool(cursor.fetchone()[0])


def test_what_a_killed_process_wrote_and_did_not_commit_is_written_anew(tmp_path: Path) -> None:
    send(served("a", "9:00"))
    process_everything()
    collect(tmp_path)
    with (tmp_path / SERVING_FILE).open("a") as file:
        file.write("b,9:01,,,ann\nhalf a li")
    send(served("b", "9:01"))
    process_everything()
    assert collect(tmp_path) == (["a", "b"], [])
    assert (tmp_path / SERVING_FILE).read_text() == HEAD + "a,9:00,,,ann,adv,,\nb,9:01,,,ann,adv,,\n"


def test_lines_that_are_not_committed_are_still_on_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(served("a", "9:00"))
    process_everything()
    collect(tmp_path)
    send(served("b", "9:01"))
    process_everything()
    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
        with pytest.raises(CommandError, match="no space left"):
            collect(tmp_path)
    assert collect(tmp_path) == (["a", "b"], [])


def test_lines_that_could_not_be_written_are_still_on_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(tmp_path)
    send(served("a", "9:00"))
    process_everything()
    with monkeypatch.context() as disk:
        disk.setattr(collecting, "_append", lambda *_: (_ for _ in ()).throw(OSError("read-only file system")))
        with pytest.raises(CommandError, match="read-only file system"):
            collect(tmp_path)
    assert collect(tmp_path) == (["a"], [])


def test_only_one_process_writes_a_directory(tmp_path: Path) -> None:
    with (
        collecting.opened(tmp_path, now=utc_now()),
        pytest.raises(CommandError, match="Another collect_ads writes"),
    ):
        collect(tmp_path)


def test_files_of_somebody_else_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / USER_FILE).write_text("mine")
    with pytest.raises(CommandError, match="was not written for this database"):
        collect(tmp_path)
    assert (tmp_path / USER_FILE).read_text() == "mine"
    assert not CollectedDirectory.objects.exists()


def test_a_file_that_lost_lines_is_not_continued(tmp_path: Path) -> None:
    send(served("a", "9:00"))
    process_everything()
    collect(tmp_path)
    (tmp_path / SERVING_FILE).write_text(HEAD)
    send(served("b", "9:01"))
    process_everything()
    with pytest.raises(CommandError, match="fewer than the"):
        collect(tmp_path)


def test_a_directory_that_is_forgotten_costs_nothing_any_more(tmp_path: Path) -> None:
    collect(tmp_path)
    send(served("a", "9:00"))
    process_everything()
    call_command("collect_ads", output=tmp_path, forget=True)
    assert not CollectedDirectory.objects.exists()
    assert not UncollectedEvent.objects.exists()
    send(served("b", "9:00"))
    process_everything()
    assert not UncollectedEvent.objects.exists()


def test_each_directory_is_current_for_itself(tmp_path: Path) -> None:
    collect(tmp_path / "one")
    send(served("a", "9:00"))
    process_everything()
    assert collect(tmp_path / "two") == (["a"], [])
    assert collect(tmp_path / "one") == (["a"], [])

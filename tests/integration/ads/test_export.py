"""The files made of what is stored."""

import tracemalloc
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from events.systems.ads import export
from events.systems.ads.columns import COLUMNS, SERVING_FILE, SERVING_TYPES, USER_FILE, VALIDATED_FILE
from tests.integration.ads.collecting import download, process_everything, send
from tests.support.ads import SAMPLE, read_csv, seen, served
from tests.support.pipeline import ends

HEAD = ",".join(COLUMNS) + "\n"
FORMULAS = ["=1+1", "+1+1", "-1-", "-5+cmd|' /C calc'!A0", "+1e", "-", "-1,2,3", "'-1", "-1\n", "@SUM(A1)", "''@"]
FORMULAS += ["\t=1", "\r=1", "'=1"]
HARMLESS = ["-5", "+5", "-1.50", "-1,50", "+1e-3", "a,b", 'say "no"', "a\rb", "a\nb", "a\r\nb", "'a"]


@pytest.mark.django_db
def test_the_collectors_gets_give_the_files_and_every_get_is_in_one_or_rejected(tmp_path: Path) -> None:
    broken = [served("", "9:00"), served("x", ""), seen("x", "9:00", ""), seen("x", "9:00", "event1", eventType="like")]
    sent = [*read_csv(SAMPLE / SERVING_FILE), *broken, *read_csv(SAMPLE / USER_FILE)]
    answers = [send(row) for row in sent]
    process_everything()

    call_command("export_ads", out=tmp_path, verbosity=0)

    assert (tmp_path / SERVING_FILE).read_bytes() == (SAMPLE / SERVING_FILE).read_bytes()
    assert (tmp_path / USER_FILE).read_bytes() == (SAMPLE / USER_FILE).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {SERVING_FILE, USER_FILE}
    in_files = len(read_csv(tmp_path / SERVING_FILE)) + len(read_csv(tmp_path / USER_FILE))
    rejected = sum(counts[3] for counts in ends().values())
    assert (in_files, rejected) == (answers.count("event saved"), len(broken))
    assert in_files + rejected == len(sent)


@pytest.mark.django_db(transaction=True)
def test_the_downloads_are_the_files_and_what_the_validator_makes_of_them(tmp_path: Path) -> None:
    for row in [*read_csv(SAMPLE / SERVING_FILE), *read_csv(SAMPLE / USER_FILE)]:
        send(row)
    process_everything()
    out = tmp_path / "validated.csv"
    call_command("validate_ads", out=out)
    for name in (SERVING_FILE, USER_FILE, VALIDATED_FILE):
        assert download(name) == (SAMPLE / name).read_bytes()
    assert out.read_bytes() == (SAMPLE / VALIDATED_FILE).read_bytes()


@pytest.mark.django_db
def test_without_events_there_are_files_without_events() -> None:
    assert [download(name) for name in (SERVING_FILE, USER_FILE, VALIDATED_FILE)] == [HEAD.encode()] * 3


@pytest.mark.django_db
def test_events_come_in_the_order_received_whatever_their_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE_SIZE", 4)
    kinds = ["click", "impression", "impression", "click", "click", "impression"] * 4
    rows = [seen(f"event{number}", "10:00", "ad", eventType=kind) for number, kind in enumerate(kinds)]
    for row in rows:
        send(row)
    process_everything()
    assert download(USER_FILE).decode() == HEAD + "".join(",".join(row.values()) + "\n" for row in rows)


@pytest.mark.django_db
@pytest.mark.parametrize("text", FORMULAS + HARMLESS)
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_and_read_back_unharmed(tmp_path: Path, text: str) -> None:
    send(served(text, "9:00", user=text, advertiserId=text, price=text))
    send(seen("seen", "9:01", text, user=text, deviceId=text))
    process_everything()
    call_command("export_ads", out=tmp_path)
    call_command("validate_ads", out=tmp_path / VALIDATED_FILE)
    (exported,), (valid,) = read_csv(tmp_path / SERVING_FILE), read_csv(tmp_path / VALIDATED_FILE)
    written = f"'{text}" if text in FORMULAS else text
    assert exported == served(written, "9:00", user=written, advertiserId=written, price=written)
    assert valid == seen(
        *("seen", "9:01", written), user=written, advertiserId=written, price=written, deviceId=written
    )


@pytest.mark.django_db
def test_what_was_posted_as_json_is_exported_too() -> None:
    event = {"eventId": 7, "eventTimestamp": "9:00", "userId": 12, "price": 0.25, "advertiserId": None}
    response = Client().post("/v1/events/ad_serving", [event], content_type="application/json")
    assert response.status_code == 202
    process_everything()
    assert download(SERVING_FILE).decode() == HEAD + "7,9:00,,,12,,,0.25\n"


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_goes_away_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE_SIZE", 1)
    for number in range(3):
        send(served(f"event{number}", "9:00"))
    process_everything()
    response = Client().get(f"/v1/exports/{SERVING_FILE}")
    pages = iter(response.streaming_content)
    assert [next(pages), next(pages)] == [HEAD.encode(), b"event0,9:00,,,ann,adv,,\n"]
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (state LIKE 'idle in transaction%%' OR state = 'active')"
        )
        assert cursor.fetchall() == [(0,)]
    other.close()
    response.close()


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_number_of_events() -> None:
    def peak_of(count: int) -> int:
        _store_serving_events(count)
        until = export.newest_ad_event()
        tracemalloc.start()
        lines = sum(page.count("\n") for page in export.csv_pages(SERVING_TYPES, until=until))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert lines == count + 1
        return peak

    peak_of(1)  # what is loaded only once
    assert peak_of(40_000) < 1.5 * peak_of(10_000)


@pytest.mark.django_db
def test_a_directory_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="can't be written"):
        call_command("export_ads", out=tmp_path / "file")


def _store_serving_events(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM events")
        cursor.execute(
            """
            INSERT INTO events (id, type, user_key, time, chunk_id, data)
            SELECT lpad(to_hex(number), 32, '0')::uuid, 'ad_serving', 'ann', '2026-01-31', 0,
                jsonb_build_object('eventId', 'event' || number, 'eventTimestamp', '9:00', 'userId', 'ann')
            FROM generate_series(1, %s) AS number
            """,
            [count],
        )

"""The final form of events."""

import json
from typing import Any

import msgspec
import pytest
from django.db import OperationalError

from events.publishing.drops import DropReason, Drops
from events.publishing.feed import BYTES_PER_ENTRY, EVENTS_PER_ENTRY, as_entries
from events.publishing.final_events import final_lines
from events.records import EventRecord


def record(type_name: str, data: str, enrichment: dict[str, Any] | None = None) -> EventRecord:
    return EventRecord("e", type_name, "u", None, 0, None, msgspec.Raw(data.encode()), enrichment)


def lines(*records: EventRecord) -> list[bytes]:
    dropped = Drops()
    made = final_lines(records, dropped)
    assert dropped == []
    return made


def line(*arguments: Any) -> str:
    (made,) = lines(record(*arguments))
    return made.decode()


def test_keys_come_in_the_casinos_order_whatever_order_they_were_sent_in() -> None:
    data = {
        "created_at": "2022-02-02T23:45:57.890+00:00",
        "has_won": True,
        "currency": "USD",
        "amount": 500,
        "type": "bet",
        "game_id": 101,
        "player_id": 11,
        "id": 2,
    }
    shown = line("bet", json.dumps(data), {"amount_eur": 468, "player": {"email": "a@b.c"}, "description": "…"})
    assert list(json.loads(shown)) == [
        *("id", "player_id", "game_id", "type", "amount", "currency", "has_won", "created_at"),
        *("amount_eur", "player", "description"),
    ]


def test_what_a_casino_event_was_sent_with_is_shown_also_where_its_type_does_not_need_it() -> None:
    event = {"id": 1, "player_id": 12, "game_id": 101, "type": "deposit", "amount": 5, "currency": "EUR"}
    event |= {"has_won": None, "created_at": "2022-03-03T12:12:12+00:00"}
    for type_name in ("deposit", "game_start", "game_stop", "bet"):
        shown = json.loads(line(type_name, json.dumps(event | {"type": type_name, "note": "x"})))
        assert list(shown.items()) == list((event | {"type": type_name}).items())


def test_what_is_absent_is_left_out_and_what_is_null_stays() -> None:
    assert line("heartbeat", '{"user": "ann", "slug": "alien", "at": 1, "id": null}') == (
        '{"id":null,"user":"ann","slug":"alien","type":"heartbeat","at":1}\n'
    )


def test_fields_of_the_producers_own_and_those_kept_apart_are_not_shown() -> None:
    data = '{"id": 1, "player_id": 1, "created_at": 0, "amount": 5, "currency": "USD", "note": "x"}'
    shown = json.loads(line("deposit", data, {"amount_eur": 5, "exchange_rate": {"rate": "1"}}))
    assert shown == {
        "id": 1,
        "player_id": 1,
        "type": "deposit",
        "amount": 5,
        "currency": "USD",
        "created_at": 0,
        "amount_eur": 5,
    }


@pytest.mark.parametrize("enrichment", [None, {"region": "Lebap"}])
def test_a_type_that_is_null_is_shown_as_what_it_is(enrichment: dict[str, Any] | None) -> None:
    shown = json.loads(line("heartbeat", '{"user": "ann", "type": null, "slug": "alien", "at": 1}', enrichment))
    assert shown == {"user": "ann", "slug": "alien", "type": "heartbeat", "at": 1} | (enrichment or {})


def test_a_type_in_another_spelling_is_shown_as_declared() -> None:
    data = '{"type": "APP_LAUNCH", "user_id": "ann", "device_id": "phone", "time_stamp": "2026-01-31 12:00:00"}'
    assert json.loads(line("app_launch", data))["type"] == "app_launch"


def test_an_event_is_one_line_however_it_was_sent() -> None:
    data = '{\n  "user":\r\n "line\\nbreak \\u2028",\n "slug" : "alien"\n, "at" : 1, "time": [\r1\n]}'
    for one in lines(*[record("heartbeat", data)] * 2):
        text = one.decode()
        assert text.endswith("\n")
        assert "\r" not in text
        assert json.loads(text.removesuffix("\n"))["user"] == "line\nbreak \u2028"
        assert text.count("\n") == 1


def test_what_has_no_final_form_is_dropped_alone() -> None:
    # such data are not accepted
    good, bad = record("heartbeat", '{"user": "ann", "slug": "alien", "at": 1}'), record("heartbeat", "[1]")
    dropped = Drops()
    shown = final_lines([good, bad, bad, good], dropped)
    assert [one == b"" for one in shown] == [False, True, True, False]
    assert [(drop.record, drop.reason) for drop in dropped] == [(bad, "final_form")] * 2


def test_a_database_that_is_away_is_no_events_fault() -> None:
    def ask(_records: object) -> list[bytes]:
        raise OperationalError

    with pytest.raises(OperationalError):
        Drops().isolate([record("heartbeat", "{}")], ask, DropReason.LIVE_STATISTICS)


def test_entries_of_the_feed_are_bounded_in_events_and_in_bytes() -> None:
    small = lines(*[record("heartbeat", f'{{"user": "u", "slug": "s", "at": {at}}}') for at in range(250)])
    large = lines(*[record("heartbeat", f'{{"user": "{"u" * 20_000}", "slug": "s", "at": {at}}}') for at in (1, 2)])
    huge = lines(record("heartbeat", f'{{"user": "{"u" * 60_000}", "slug": "s", "at": 1}}'))
    entries = list(as_entries(small + large + huge))
    assert b"".join(entries) == b"".join(small + large + huge)
    assert [entry.count(b"\n") for entry in entries[:2]] == [EVENTS_PER_ENTRY, EVENTS_PER_ENTRY]
    assert all(len(entry) <= BYTES_PER_ENTRY or entry.count(b"\n") == 1 for entry in entries)


def test_an_entry_of_nothing_is_none() -> None:
    assert list(as_entries([b""] * EVENTS_PER_ENTRY + [b"{}\n"])) == [b"{}\n"]

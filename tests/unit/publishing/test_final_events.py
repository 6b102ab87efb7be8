"""The final form of events."""

import json
from typing import Any

import msgspec

from events.publishing.feed import BYTES_PER_ENTRY, EVENTS_PER_ENTRY, as_entries
from events.publishing.final_events import as_lines, final_forms
from events.records import EventRecord


def record(type_name: str, data: str, enrichment: dict[str, Any] | None = None) -> EventRecord:
    return EventRecord("e", type_name, "u", None, 0, None, msgspec.Raw(data.encode()), enrichment)


def line(*arguments: Any) -> str:
    return as_lines(final_forms([record(*arguments)])).decode()


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


def test_an_event_is_one_line_however_it_was_sent() -> None:
    data = '{\n  "user":\n "line\\nbreak \\u2028",\n "slug" : "alien"\n, "at" : 1, "time": [\n1\n]}'
    lines = as_lines(final_forms([record("heartbeat", data)] * 2))
    assert lines.count(b"\n") == 2
    for one in lines.decode().removesuffix("\n").split("\n"):
        assert json.loads(one)["user"] == "line\nbreak \u2028"


def test_entries_of_the_feed_are_bounded_in_events_and_in_bytes() -> None:
    small = final_forms([record("heartbeat", f'{{"user": "u", "slug": "s", "at": {at}}}') for at in range(250)])
    large = final_forms(
        [record("heartbeat", f'{{"user": "{"u" * 20_000}", "slug": "s", "at": {at}}}') for at in (1, 2)]
    )
    huge = final_forms([record("heartbeat", f'{{"user": "{"u" * 60_000}", "slug": "s", "at": 1}}')])
    entries = list(as_entries(small + large + huge))
    assert b"".join(entries) == as_lines(small + large + huge)
    assert [entry.count(b"\n") for entry in entries[:2]] == [EVENTS_PER_ENTRY, EVENTS_PER_ENTRY]
    assert all(len(entry) <= BYTES_PER_ENTRY or entry.count(b"\n") == 1 for entry in entries)

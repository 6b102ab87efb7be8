"""What `manage.py generate casino` makes up."""

import json
from collections import Counter
from itertools import islice
from random import Random

from events.clock import utc_now
from events.intake.validation import validate
from events.records import EventRecord
from events.systems.casino.generator import casino_events


def test_all_that_is_generated_is_accepted_and_makes_sense() -> None:
    events = list(islice(casino_events(Random(1)), 2000))
    records = [
        validate(json.dumps(event).encode(), event_id="e", received_at=utc_now(), type_name=None) for event in events
    ]
    assert all(isinstance(record, EventRecord) for record in records)
    assert [event["id"] for event in events] == list(range(1, 2001))
    assert set(Counter(event["type"] for event in events)) == {"game_start", "bet", "deposit", "game_stop"}
    playing: dict[int, int] = {}
    for event in events:
        player = event["player_id"]
        if event["type"] == "game_start":
            assert player not in playing
            playing[player] = event["game_id"]
        elif event["type"] in ("bet", "game_stop"):
            assert playing[player] == event["game_id"]
        if event["type"] == "game_stop":
            del playing[player]


def test_two_runs_with_ids_from_1_are_different_events() -> None:
    keys = set()
    for _ in range(2):
        for event in islice(casino_events(Random(1)), 200):
            record = validate(json.dumps(event).encode(), event_id="e", received_at=utc_now(), type_name=None)
            assert isinstance(record, EventRecord)
            keys.add(record.dedupe_key)
    assert len(keys) == 400

import csv
import json
import re
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import pytest

from benchmarks.references import pandas_ads
from events.clock import utc_now
from events.exceptions import InvalidField
from events.ids import new_ids
from events.intake.validation import validate
from events.systems.ads.generator import ad_events
from events.systems.ads.validator import validate_files
from tests.support.ads import write_csv

COUNT = 2000


def test_the_generators_ads_are_accepted_but_for_the_few_that_have_no_time() -> None:
    events = list(islice(ad_events(Random(1)), COUNT))
    outcomes: Counter[str] = Counter()
    for event in events:
        type_name = f"ad_{event['eventType'] or 'serving'}"
        (event_id,) = new_ids(1)
        try:
            validate(json.dumps(event).encode(), event_id=event_id, received_at=utc_now(), type_name=type_name)
            outcomes[type_name] += 1
        except InvalidField as reason:
            outcomes[f"{reason.field}: {event[reason.field]!r}"] += 1
    assert set(outcomes) == {"ad_serving", "ad_impression", "ad_click", "eventTimestamp: ''"}
    assert outcomes["eventTimestamp: ''"] < COUNT * 0.05


def test_whatever_follows_an_ad_follows_one_that_was_served() -> None:
    served: set[str] = set()
    for event in islice(ad_events(Random(2)), COUNT):
        if event["eventType"]:
            assert event["parentEventId"] in served
        else:
            served.add(event["eventId"])


def test_the_same_seed_makes_the_same_events_at_other_times() -> None:
    def without_times(seed: int) -> list[dict[str, str]]:
        return [event | {"eventTimestamp": ""} for event in islice(ad_events(Random(seed)), 50)]

    assert without_times(3) == without_times(3) != without_times(4)


def test_times_of_the_exercise_rise_over_one_day_and_begin_anew() -> None:
    times = [
        event["eventTimestamp"]
        for event in islice(ad_events(Random(3), times="hhmm"), COUNT)
        if not event["eventType"] and event["eventTimestamp"]
    ]
    assert all(re.fullmatch(r"([0-9]|1[0-9]|2[0-3]):[0-5][0-9]", time) for time in times)
    minutes = [int(hour) * 60 + int(minute) for hour, minute in (time.split(":") for time in times)]
    days = sum(later < earlier for earlier, later in pairwise(minutes))
    assert days == COUNT // (24 * 60)


@pytest.mark.parametrize("seed", range(100))
def test_our_validator_and_the_exercises_agree_byte_for_byte_on_what_is_generated(tmp_path: Path, seed: int) -> None:
    serving, user, ours, theirs = (tmp_path / name for name in ("serving.csv", "user.csv", "ours.csv", "theirs.csv"))
    events = list(islice(ad_events(Random(seed), times="hhmm"), COUNT))
    for path, wanted in ((serving, False), (user, True)):
        rows = [event for event in events if bool(event["eventType"]) is wanted and event["eventTimestamp"]]
        write_csv(path, rows, quoting=csv.QUOTE_MINIMAL)
    validate_files(serving=serving, user=user, out=ours)
    pandas_ads.main(str(serving), str(user), str(theirs))
    assert ours.read_bytes() == theirs.read_bytes()
    assert ours.read_text().count("\n") > COUNT / 4

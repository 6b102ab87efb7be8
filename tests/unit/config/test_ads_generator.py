import json
from collections import Counter
from itertools import islice
from random import Random

from config.generators.ads import ad_events
from events.clock import utc_now
from events.exceptions import InvalidField
from events.ids import new_ids
from events.intake.validation import validate

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

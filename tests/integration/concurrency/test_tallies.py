"""Unknown types that come in several requests at once."""

import json
from functools import partial

from events.clock import utc_now
from events.database import execute, fetch_all
from events.intake.accept import accept_batch
from events.pipeline.tallies import MOST_UNKNOWN_TYPES
from tests.integration.concurrency.gate import Gate
from tests.support.pipeline import ends


def post(*types: str) -> None:
    events = [json.dumps({"type": name}).encode() for name in types]
    accept_batch(events, type_name=None, now=utc_now())


def test_not_one_more_than_a_hundred_are_counted_by_name(gate: Gate) -> None:
    # given room for two more
    execute(
        "INSERT INTO unsupported_types SELECT 'known_' || n FROM generate_series(1, %(most)s) AS n",
        {"most": MOST_UNKNOWN_TYPES - 2},
    )
    # when three requests bring seven
    requests = (("a1", "a2", "both"), ("b1", "both", "b2"), ("c1", "c2"))
    gate.pass_together("LOCK TABLE unsupported_types IN SHARE MODE", *(partial(post, *types) for types in requests))
    # then two have a name, and all events are counted
    named = {name for (name,) in fetch_all("SELECT name FROM unsupported_types WHERE name NOT LIKE 'known%%'", {})}
    assert len(named) == 2
    assert set(ends()) == {*named, "other"}
    assert sum(counts[4] for counts in ends().values()) == 8

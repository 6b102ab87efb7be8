"""Events that are pruned leave exact totals."""

from random import Random

import pytest
from django.core.management import call_command
from django.test import Client

from events.database import execute, fetch_all
from tests.integration.retention.months import NEW, OLD, PARTITION, count, partitions, prune_events, received_long_ago
from tests.support.pipeline import ends, heartbeat, post, process, rows_in
from tests.support.watch_time import Beat, defined, stored
from watchtime.recompute import differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thirty_days")]


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

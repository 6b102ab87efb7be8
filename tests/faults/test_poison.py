"""Events that do harm, in real workers."""

from collections import Counter

from tests.faults.product import Product, Start
from tests.support.tables import ends, rows_in
from tests.support.watch_time import Totals, stored

#: How a harmful event is recorded: (step, code, beginning of the message).
RAISED = ("aggregate", "raised", "PoisonError: the event of raise is poison")
KILLED = ("aggregate", "killed_worker", "Its worker died 5 times in the step aggregate.")


def post_a_thousand(product: Product, harm: str) -> str:
    """A batch of 1,000 of which one does harm; the path of its operation."""
    events = [{"user": f"{harm} {n}"} for n in range(999)]
    events.insert(500, {"user": harm, "harm": harm})
    answer = product.post("/v1/events/poison", events)
    assert answer.status_code == 202
    return answer.headers["Location"]


def test_an_event_that_raises_and_one_that_kills_fail_alone_and_are_replayed(start_product: Start) -> None:
    # a worker that died is noticed by its lease, eleven times until the killer is found: the shorter, the quicker
    product = start_product(LEASE_SECONDS="0.5", SWEEP_GRACE_SECONDS="0.1")
    beat = product.post("/", {"user": "ann", "slug": "alien", "at": 10})
    operations = {harm: post_a_thousand(product, harm) for harm in ("raise", "kill")}
    product.wait_until_idle()

    for operation in operations.values():
        shown = product.get(operation)
        assert (shown["state"], shown["handled_events"], shown["failed_events"]) == ("done", 999, 1)
    assert rows_in(product.fetch, "events", "failed_events", "inbox") == {
        "events": 1999,
        "failed_events": 2,
        "inbox": 0,
    }
    assert ends(product.fetch) == {"heartbeat": (1, 0, 0, 0, 0, 0), "poison": (1998, 0, 2, 0, 0, 0)}
    failed = product.fetch("SELECT step, code, message, traceback, payload FROM failed_events ORDER BY code")
    assert [tuple(row[:3]) for row in failed] == [KILLED, RAISED]
    assert "in _harm" in failed[1][3]
    assert [row[4] for row in failed] == ['{"user": "kill", "harm": "kill"}', '{"user": "raise", "harm": "raise"}']

    product.cure()
    replayed = product.tidemark.manage("replay", "--failed")
    assert replayed.returncode == 0, replayed.stderr
    product.wait_until_idle()
    assert rows_in(product.fetch, "events", "failed_events") == {"events": 2001, "failed_events": 0}
    assert ends(product.fetch) == {"heartbeat": (1, 0, 0, 0, 0, 0), "poison": (2000, 0, 0, 0, 0, 0)}
    users = Counter(user for (user,) in product.fetch("SELECT user_key FROM events WHERE type = 'poison'"))
    assert users == Counter([f"{harm} {n}" for harm in operations for n in range(999)] + list(operations))
    for operation in operations.values():
        assert product.get(operation)["handled_events"] == 1000
    assert product.get(beat.headers["Location"])["state"] == "processed"
    assert stored(product.fetch) == Totals({("ann", "alien"): (10, 10, 10)}, {"alien": (10, 1)}, {"ann": (10, 1)})

"""A broker that does not answer, and then is gone."""

import signal
import statistics
import time

import psutil
import pytest

from tests.faults.product import Product, Start
from tests.support.processes.waiting import wait_until
from tests.support.tables import ends, rows_in
from tests.support.watch_time import Totals, stored

POSTS = 20
#: How much longer than usual an answer may take, seconds: a request that waits for the broker takes one or more.
TOLERANCE = 0.5


def seconds_of_posts(product: Product, user: str) -> float:
    """Posts events alone and in batches, all of which must be accepted; the median time."""
    seconds = []
    for at in range(1, POSTS + 1):
        beat = {"user": user, "slug": "alien", "at": at}
        began = time.perf_counter()
        answer = product.post("/", [beat, beat] if at % 2 else beat)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 202
    return statistics.median(seconds)


@pytest.mark.parametrize("limit", ["", "1000/s"], ids=["no limit", "a limit, which nobody counts meanwhile"])
def test_events_are_accepted_without_a_broker_and_processed_when_it_is_back(start_product: Start, limit: str) -> None:
    product = start_product(LIMIT_BY_ADDRESS=limit)
    usual = seconds_of_posts(product, "before")
    product.wait_until_idle()

    (valkey,) = [process for process in product.tidemark.processes("valkey") if process.name() == "valkey-server"]
    with product.frozen("host"):  # nobody starts another one
        valkey.send_signal(signal.SIGSTOP)
        assert seconds_of_posts(product, "frozen") < usual + TOLERANCE
        valkey.kill()
        # its frozen parent cannot take note of it
        wait_until(lambda: valkey.status() == psutil.STATUS_ZOMBIE, what="the broker is gone")
        assert seconds_of_posts(product, "gone") < usual + TOLERANCE
        assert product.tidemark.status("/readyz") == 200
    product.wait_until_idle()

    users = ("before", "frozen", "gone")
    assert stored(product.fetch) == Totals(
        {(user, "alien"): (POSTS, POSTS, POSTS) for user in users},
        {"alien": (3 * POSTS, 3)},
        dict.fromkeys(users, (POSTS, 1)),
    )
    count = 3 * (POSTS + POSTS // 2)
    assert ends(product.fetch) == {"heartbeat": (count, 0, 0, 0, 0, 0)}
    assert rows_in(product.fetch, "events", "failed_events", "inbox") == {
        "events": count,
        "failed_events": 0,
        "inbox": 0,
    }

"""Workers that do not work."""

import statistics
import time

from tests.faults.product import Product, Start
from tests.support.tables import ends, rows_in
from tests.support.watch_time import Totals, stored

#: Heartbeats want nothing that has to be looked up.
THREE_TASKS = ["events.enrich_at_once", "events.persist", "events.aggregate"]
WORKERS = ("control", "enrich", "work", "notify")
#: How much longer than usual an answer may take, seconds; a request that waited for workers or broker would take more.
TOLERANCE = 0.5


def seconds_of_posts(product: Product, user: str, count: int = 20) -> tuple[float, list[str]]:
    """The median time of a post, and the paths of the events."""
    seconds, paths = [], []
    for at in range(count):
        began = time.perf_counter()
        answer = product.post("/", {"user": user, "slug": "alien", "at": at + 1})
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 202
        paths.append(answer.headers["Location"])
    return statistics.median(seconds), paths


def test_with_every_worker_frozen_events_are_accepted_and_wait(start_product: Start) -> None:
    product = start_product()
    usual, _ = seconds_of_posts(product, "before")
    product.wait_until_idle()
    before = stored(product.fetch)

    with product.frozen(*WORKERS):
        frozen, paths = seconds_of_posts(product, "ann")
        assert frozen < usual + TOLERANCE
        assert {product.get(path)["state"] for path in paths} == {"pending"}
        assert stored(product.fetch) == before
        assert rows_in(product.fetch, "events") == {"events": 20}
    product.wait_until_idle()

    assert {product.get(path)["state"] for path in paths} == {"processed"}
    assert stored(product.fetch) == Totals(
        {("ann", "alien"): (20, 20, 20), ("before", "alien"): (20, 20, 20)},
        {"alien": (40, 2)},
        {"ann": (20, 1), "before": (20, 1)},
    )
    assert ends(product.fetch) == {"heartbeat": (40, 0, 0, 0, 0, 0)}
    for (chunk_id,) in product.fetch("SELECT DISTINCT chunk_id FROM events"):
        tasks = product.tasks_of(chunk_id)
        assert list(dict.fromkeys(name for name, _ in tasks)) == THREE_TASKS
        assert len({task_id for _, task_id in tasks}) == len(tasks) >= 3

"""Workers that do not work."""

import socket
import statistics
import time

from tests.faults.product import Product, Start
from tests.support.processes.waiting import wait_until
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


def test_who_is_frozen_or_consumes_nothing_is_named_until_he_is_well(start_product: Start) -> None:
    product = start_product()

    def not_well() -> dict[str, str]:
        processes: dict[str, dict[str, str]] = product.get("/readyz")["processes"]
        return {role: health["status"] for role, health in processes.items() if health["status"] != "ok"}

    wait_until(lambda: not not_well(), what="everybody gives signs of life")
    control = "from config.celery import app; app.control.{}('enrich', destination=['enrich@{}'])"
    stop, resume = (control.format(f"{verb}_consumer", socket.gethostname()) for verb in ("cancel", "add"))
    assert product.tidemark.manage("shell", "-c", stop).returncode == 0
    with product.frozen("notify", "beat"):
        wait_until(lambda: not_well().keys() == {"notify", "beat"}, what="the frozen ones are named", seconds=30)
        assert all(status.startswith("no sign of life") for status in not_well().values())
        assert product.tidemark.status("/readyz") == 200
        assert product.tidemark.status("/readyz?strict") == 503
    wait_until(lambda: not_well().keys() == {"enrich"}, what="the one that consumes nothing is named", seconds=40)
    assert not_well()["enrich"].startswith("alive, but it has taken no task for")
    product.tidemark.manage("shell", "-c", resume)
    wait_until(lambda: not not_well(), what="everybody is well")
    assert product.tidemark.status("/readyz?strict") == 200

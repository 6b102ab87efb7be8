"""Everything dies at once, PostgreSQL included."""

import random

from tests.faults.clients import Clients, numbers_stored
from tests.faults.product import Product, Start
from tests.support.processes.waiting import wait_until
from tests.support.tables import ends, rows_in
from tests.support.watch_time import defined, stored


def test_what_was_accepted_before_everything_was_killed_is_processed_once(
    start_product: Start, chance: random.Random
) -> None:
    product = start_product()
    assert_commits_are_on_disk(product)
    clients = Clients(product, count=4, chance=chance)
    clients.start(rounds=1000, singles=20)
    wait_until(lambda: len(clients.accepted()) >= 3000, what="3,000 events are accepted", seconds=120)
    wait_until(lambda: rows_in(product.fetch, "events")["events"] > 0, what="some are stored")
    clients.stop.set()
    product.tidemark.kill_tree()
    clients.join()
    product.close()

    successor = start_product()
    successor.wait_until_idle()

    assert [sent.refused for sent in clients.sent] == [[]] * 4
    accepted = {beat.when: beat for beat in clients.accepted()}
    # a request that was not answered may have gone either way
    sent = accepted | {beat.when: beat for client in clients.sent for beat in client.unanswered}
    numbers = numbers_stored(successor)
    assert len(numbers) == len(set(numbers))
    assert set(accepted) <= set(numbers) <= set(sent)
    assert ends(successor.fetch) == {"heartbeat": (len(numbers), 0, 0, 0, 0, 0)}
    assert rows_in(successor.fetch, "inbox", "failed_events") == {"inbox": 0, "failed_events": 0}
    assert stored(successor.fetch) == defined(sent[number] for number in numbers)
    for client in clients.sent:
        assert {successor.get(path)["state"] for path in client.events[-3:]} <= {"processed"}
        assert {successor.get(path)["state"] for path in client.operations[-3:]} == {"done"}
    successor.check_watch_time()


def assert_commits_are_on_disk(product: Product) -> None:
    """PostgreSQL runs so that a commit outlives its process and the machine's power."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert product.fetch(f"SHOW {setting}") == [("on",)]

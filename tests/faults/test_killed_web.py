"""Web processes that are killed all the time while events are posted one by one."""

import os
import random

from tests.faults.clients import Clients, numbers_stored
from tests.faults.product import Start
from tests.support.processes.waiting import wait_until
from tests.support.tables import ends, rows_in
from tests.support.watch_time import defined, stored

#: Kills of the whole test; a run by hand takes 200.
KILLS = int(os.environ.get("TIDEMARK_FAULT_KILLS", "8"))
#: Each posts one event after the other, so that groups of several are under way when a process is killed.
CLIENTS = 8
#: Events that are accepted between two kills.
BETWEEN = 40


def test_killing_web_processes_loses_and_doubles_no_single_event_whose_response_was_202(
    start_product: Start, chance: random.Random
) -> None:
    product = start_product()
    clients = Clients(product, count=CLIENTS, chance=chance, batches=False)
    clients.start(rounds=1_000_000, singles=5)
    try:
        for _ in range(KILLS):
            goal = len(clients.accepted()) + BETWEEN
            wait_until(lambda goal=goal: len(clients.accepted()) >= goal, what="more events are accepted", seconds=120)
            wait_until(lambda: product.children("web"), what="a web process runs")
            chance.choice(product.children("web")).kill()
    finally:
        clients.stop.set()
        clients.join()
    product.wait_until_idle()

    assert {refusal.split()[0] for sent in clients.sent for refusal in sent.refused} <= {"503"}
    accepted = {beat.when: beat for beat in clients.accepted()}
    # A request that got no response may have gone either way.
    sent = accepted | {beat.when: beat for client in clients.sent for beat in client.unanswered}
    numbers = numbers_stored(product)
    assert len(numbers) == len(set(numbers))
    assert set(accepted) <= set(numbers) <= set(sent)
    assert ends(product.fetch) == {"heartbeat": (len(numbers), 0, 0, 0, 0, 0)}
    assert rows_in(product.fetch, "inbox", "failed_events") == {"inbox": 0, "failed_events": 0}
    assert stored(product.fetch) == defined(sent[number] for number in numbers)
    product.check_watch_time()

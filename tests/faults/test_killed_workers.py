"""Workers that are killed all the time, and a broker that forgets everything."""

import os
import random
import threading

import psutil

from tests.faults.clients import BATCH, Clients, as_json, numbers_stored
from tests.faults.product import Product, Start
from tests.support.processes.waiting import wait_until
from tests.support.tables import ends, rows_in
from tests.support.watch_time import Beat, defined, stored

#: Events of the whole test; a run by hand takes 200,000 or more.
EVENTS = int(os.environ.get("TIDEMARK_FAULT_EVENTS", "12000"))
#: Seconds that a slow machine may take.
PATIENCE = max(300.0, EVENTS / 100)
CLIENTS = 4
SINGLES = 5
SECONDS_BETWEEN_KILLS = 1.0
FIRST = Beat("first", "movie 0", 1, when=-1)


class Killer:
    """Kills one process that does steps every second, with -9, until told to stop."""

    def __init__(self, product: Product, chance: random.Random) -> None:
        self._product = product
        self._chance = chance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.killed = 0

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_KILLS):
            if children := self._product.work_children():
                try:
                    self._chance.choice(children).kill()
                    self.killed += 1
                except psutil.NoSuchProcess:
                    continue


def test_killing_workers_every_second_and_emptying_the_broker_changes_no_total(
    start_product: Start, chance: random.Random
) -> None:
    product = start_product()
    # Workers that are killed before their worker runs make Celery start it anew, which would only take time.
    assert product.post("/", as_json(FIRST)).status_code == 202
    product.wait_until_idle()
    assert len(product.work_children()) == 4
    rounds = max(1, EVENTS // (CLIENTS * (BATCH + SINGLES)))
    clients = Clients(product, count=CLIENTS, chance=chance)
    with Killer(product, chance) as killer:
        clients.start(rounds=rounds, singles=SINGLES)
        wait_until(
            lambda: len(clients.accepted()) >= EVENTS / 2,
            what="half of the events are accepted",
            seconds=PATIENCE,
            every=0.2,
        )
        product.redis().flushall()
        clients.join()
        product.wait_until_idle(seconds=PATIENCE)
        wait_until(lambda: killer.killed >= 5, what="five workers were killed")

    beats = [FIRST, *clients.accepted()]
    count = 1 + rounds * CLIENTS * (BATCH + SINGLES)
    assert [sent.refused + sent.unanswered for sent in clients.sent] == [[]] * CLIENTS
    assert len(beats) == count
    assert numbers_stored(product) == [beat.when for beat in sorted(beats, key=lambda beat: beat.when)]
    assert rows_in(product.fetch, "inbox", "failed_events", "duplicate_events", "dedupe_keys") == dict.fromkeys(
        ("inbox", "failed_events", "duplicate_events", "dedupe_keys"), 0
    )
    assert ends(product.fetch) == {"heartbeat": (count, 0, 0, 0, 0, 0)}
    settled = "SELECT count(*), sum(handled) FROM operations WHERE handled = total AND finished_at IS NOT NULL"
    assert product.fetch(settled) == [(rounds * CLIENTS, rounds * CLIENTS * BATCH)]
    assert stored(product.fetch) == defined(beats)
    product.check_watch_time()

"""Clients that post heartbeats at the same time, and remember what was accepted."""

import itertools
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from tests.faults.product import Product
from tests.support.watch_time import NOON, Beat

#: Events of one request.
BATCH = 500
MOVIES = 40


@dataclass
class Sent:
    """What a client sent.

    Attributes:
        accepted: heartbeats that were answered with 202.
        unanswered: heartbeats that may have been accepted or not.
        operations: paths of the operations of accepted batches.
        events: paths of the events that were accepted alone.
        refused: answers other than 202.
    """

    accepted: list[Beat] = field(default_factory=list)
    unanswered: list[Beat] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Clients:
    """Several clients. In each round all of them post a batch at the same moment, half of which speaks of pairs that
    nobody has spoken of before and that all of them speak of now; then each posts a few events by themselves.

    Args:
        count: how many clients.
        chance: decides the moments, and the order within a batch.
        batches: False: no batches, the rest as always.
    """

    def __init__(self, product: Product, *, count: int, chance: random.Random, batches: bool = True) -> None:
        self._product = product
        self._batches = batches
        self._round = threading.Barrier(count)
        self._numbers = itertools.count()
        self.stop = threading.Event()
        self.sent = [Sent() for _ in range(count)]
        self._chances = [random.Random(chance.random()) for _ in range(count)]
        self._threads: list[threading.Thread] = []

    def start(self, *, rounds: int, singles: int) -> None:
        """Begins to post: `rounds` batches and `singles` events alone after each, per client."""
        self._threads = [
            threading.Thread(target=self._run, args=(client, rounds, singles)) for client in range(len(self.sent))
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Waits until all have posted everything."""
        for thread in self._threads:
            thread.join()

    def accepted(self) -> list[Beat]:
        """Everything that was answered with 202."""
        return [beat for sent in self.sent for beat in sent.accepted]

    def _run(self, client: int, rounds: int, singles: int) -> None:
        with requests.Session() as session:
            for number in range(rounds):
                beats = list(self._batch(client, number))
                self._chances[client].shuffle(beats)
                try:
                    self._round.wait()
                except threading.BrokenBarrierError:
                    return
                if self._batches:
                    self._post(client, session, beats)
                for beat in beats[:singles]:
                    again = self._beat(client, beat.user, beat.movie)
                    self._post(client, session, [again], alone=True)
                if self.stop.is_set():
                    self._round.abort()
                    return

    def _batch(self, client: int, number: int) -> Iterator[Beat]:
        for index in range(BATCH):
            user = f"new {number} {index // 2}" if index % 2 else f"client {client} {index % 100}"
            yield self._beat(client, user, f"movie {index % MOVIES}")

    def _beat(self, client: int, user: str, movie: str) -> Beat:
        # `next` of a count is one step of the interpreter: no two beats get the same number, which is also their time
        return Beat(user, movie, self._chances[client].randrange(5000), next(self._numbers))

    def _post(self, client: int, session: requests.Session, beats: list[Beat], *, alone: bool = False) -> None:
        sent = self.sent[client]
        body: Any = [as_json(beat) for beat in beats]
        try:
            answer = self._product.post("/", body[0] if alone else body, session)
        except requests.RequestException:
            sent.unanswered += beats
            return
        if answer.status_code != 202:
            sent.refused.append(f"{answer.status_code} {answer.text}")
            return
        sent.accepted += beats
        (sent.events if alone else sent.operations).append(answer.headers["Location"])


def as_json(beat: Beat) -> dict[str, object]:
    """The heartbeat as it is sent; its time tells its number."""
    return {"user": beat.user, "slug": beat.movie, "at": beat.at, "time": time_of(beat.when)}


def time_of(number: int) -> str:
    """The time of the heartbeat of that number, milliseconds after NOON."""
    return (NOON + timedelta(milliseconds=number)).isoformat()


def numbers_stored(product: Product) -> list[int]:
    """The numbers of the stored heartbeats, in order; one that stands there twice was stored twice."""
    rows = product.fetch(
        f"SELECT round(extract(epoch FROM time - '{NOON.isoformat()}') * 1000)::int FROM events ORDER BY 1"
    )
    return [number for (number,) in rows]

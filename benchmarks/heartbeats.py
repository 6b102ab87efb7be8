"""The input of the benchmarks: heartbeats with ids and times, the same ones at every run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

USERS, MOVIES = 20_000, 500
LONGEST_MOVIE_SECONDS = 7_200
BATCH_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One heartbeat; `time` is ISO 8601."""

    id: str
    user: str
    slug: str
    at: int
    time: str

    def json(self, *, with_type: bool = False) -> str:
        event_type = '"type":"heartbeat",' if with_type else ""
        return (
            f'{{{event_type}"id":"{self.id}","user":"{self.user}","slug":"{self.slug}","at":{self.at},'
            f'"time":"{self.time}"}}'
        )


def heartbeats(count: int, *, run: str) -> Iterator[Heartbeat]:
    """That many, a millisecond apart, the last one just now, of USERS and MOVIES; `run` makes their ids its own."""
    choose = random.Random(run)
    first = datetime.now(UTC) - timedelta(milliseconds=count)
    for number in range(count):
        moment = first + timedelta(milliseconds=number)
        yield Heartbeat(
            id=f"{run}-{number}",
            user=f"user-{choose.randrange(USERS)}",
            slug=f"movie-{choose.randrange(MOVIES)}",
            at=choose.randrange(LONGEST_MOVIE_SECONDS),
            time=f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
        )


def batches(sent: Sequence[Heartbeat], size: int = BATCH_SIZE) -> Iterator[Sequence[Heartbeat]]:
    for start in range(0, len(sent), size):
        yield sent[start : start + size]


def watch_seconds(sent: Iterable[Heartbeat]) -> int:
    """What all totals must add up to: each pair's steps forward, in order of time."""
    moments: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for heartbeat in sent:
        moments[heartbeat.user, heartbeat.slug].append((heartbeat.time, heartbeat.at))
    return sum(_steps_forward([at for _, at in sorted(pair)]) for pair in moments.values())


def _steps_forward(moments: list[int]) -> int:
    return sum(max(0, at - before) for before, at in zip([0, *moments], moments, strict=False))

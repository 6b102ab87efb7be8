"""Sending a generator's events to a running Tidemark, at a rate, with a count of what was answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import requests

from events.generators import Event, Generator

#: Seconds between two requests; what falls due in between is sent together.
TICK = 0.25
MOST_EVENTS_PER_REQUEST = 1000
TIMEOUT_SECONDS = 30


@dataclass
class Sent:
    """What became of the events sent."""

    accepted: int = 0
    rejected: int = 0


def send(
    generator: Generator,
    events: Iterator[Event],
    *,
    url: str,
    seconds: float,
    rate: int,
    api_key: str | None,
    on_progress: Callable[[Sent], None],
) -> Sent:
    """Sends `rate` events a second for that many seconds; raises requests.RequestException if nobody answers."""
    sent = Sent()
    deliver = _post if generator.method == "POST" else _get
    started = time.monotonic()
    total = round(seconds * rate)
    done = 0
    with requests.Session() as session:
        if api_key:
            session.headers["Authorization"] = f"Bearer {api_key}"
        while done < total:
            due = min(total, round((time.monotonic() - started + TICK) * rate)) - done
            batch = list(islice(events, max(1, min(due, MOST_EVENTS_PER_REQUEST))))
            deliver(session, url.rstrip("/") + generator.route, batch, sent)
            done += len(batch)
            on_progress(sent)
            time.sleep(max(0.0, started + done / rate - time.monotonic()))
    return sent


def _post(session: requests.Session, url: str, batch: list[Event], sent: Sent) -> None:
    response = session.post(url, json=batch, timeout=TIMEOUT_SECONDS)
    response.raise_for_status()
    answer = response.json()
    sent.accepted += answer["accepted"]
    sent.rejected += answer["rejected"]


def _get(session: requests.Session, url: str, batch: list[Event], sent: Sent) -> None:
    for event in _as_texts(batch):
        response = session.get(url, params=event, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        if response.text == "event saved":
            sent.accepted += 1
        else:
            sent.rejected += 1


def _as_texts(batch: list[Event]) -> Iterator[dict[str, str]]:
    return ({name: str(value) for name, value in event.items()} for event in batch)

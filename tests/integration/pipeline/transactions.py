"""Everything that the engine does in a transaction of its own, made ready to be done."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction

from events.clock import utc_now
from events.database import execute, fetch_all
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Source, Unavailable, Unknown
from events.ids import new_ids
from events.intake.accept import accept_batch, accept_one
from events.intake.idempotency import KeyedRequest, respond_once
from events.intake.replay import failed_events, replay_failed, replay_unsupported
from events.models import UnsupportedEvent
from events.pipeline import chunks, isolation, steps, tallies
from events.pipeline.cancel import cancel_operation
from events.pipeline.drain import drain
from events.pipeline.enrich import enrich
from events.pipeline.leased_chunk import LeasedChunk
from events.states import STEP_FROM, ChunkState
from tests.support.pipeline import heartbeat, post, run_to

Operation = Callable[[], object]

BEATS = [heartbeat("ann", "alien", at, second=at, id=at) for at in (10, 20, 30)]
LAUNCH = {"user_id": "ann", "device_id": "phone", "time_stamp": "2026-01-31T12:00:00Z", "id": "1"}
BET = {"id": 1, "player_id": 10, "game_id": 100, "amount": 100, "currency": "USD", "created_at": 0}
PLAYBACK = {
    "id": "1",
    "user_id": "ann",
    "video_id": "alien",
    "start_at": 0,
    "stop_at": 60,
    "bitrate_kbps": 800,
    "device_type": "tv",
    "error_code": None,
}


def encoded(type_name: str, event: dict[str, Any]) -> bytes:
    return json.dumps({"type": type_name} | event).encode()


class Service(Source):
    """Stands in for an outside service."""

    remote = True

    def __init__(self, name: str, results: Mapping[str, Result]) -> None:
        self.name = name
        self.results = results

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        return {key: self.results[key] for key in keys}


#: Two kinds that wait for different things, one that is rejected and one that nobody knows.
MIXED = [encoded("heartbeat", BEATS[0]), encoded("bet", BET), encoded("heartbeat", {}), encoded("mystery", {})]


def leased(chunk_id: int, state: ChunkState) -> LeasedChunk:
    """The chunk, brought into that state and held."""
    reached = min(state, ChunkState.PERSISTED, key=list(ChunkState).index)
    run_to(chunk_id, reached)
    chunk = chunks.lease(chunk_id, state=reached, now=utc_now())
    assert chunk is not None
    if state is ChunkState.AGGREGATED:  # which a worker holds on to
        steps.WORK[steps.AGGREGATE](chunk, now=utc_now())
        return chunk.in_state(state)
    return chunk


def chunk_in(state: ChunkState, *, size: int = 3) -> LeasedChunk:
    """A chunk of that many heartbeats, of which the last repeats another chunk's."""
    if size > 1:
        (first,) = post([BEATS[size - 1]])
        run_to(first, ChunkState.PERSISTED)
    (chunk_id,) = post(BEATS[:size])
    return leased(chunk_id, state)


def a_batch() -> Operation:
    return partial(accept_batch, MIXED, type_name=None, now=utc_now())


def one_event() -> Operation:
    return partial(accept_one, MIXED[0], type_name=None, now=utc_now())


def one_event_that_nobody_knows() -> Operation:
    return partial(accept_one, MIXED[3], type_name=None, now=utc_now())


def a_request_with_a_key() -> Operation:
    request = KeyedRequest("anonymous", "/v1/events", "key", b"body")
    accept = a_batch()

    def answer() -> bytes:
        accept()
        return b"{}"

    return partial(respond_once, request, answer, now=utc_now())


def the_drain() -> Operation:
    for raw in MIXED[:2]:
        accept_one(raw, type_name=None, now=utc_now())
    return partial(drain, now=utc_now())


def a_step(state: ChunkState) -> Operation:
    return partial(steps.WORK[STEP_FROM[state]], chunk_in(state), now=utc_now())


def enriching_events_that_part() -> Operation:
    """One goes on, one waits in a chunk of its own, one fails."""
    rates = {"USD": Found({"rate": "0.9"}), "GBP": Unavailable("away"), "JPY": Unknown()}
    (chunk_id,) = post([BET | {"id": code, "currency": code} for code in rates], type_name="bet")
    sources = {"currency": Service("rates", rates)}
    # How far its look-ups are is noted by the way; here it has been.
    chunk = replace(leased(chunk_id, ChunkState.ACCEPTED), looked_up=100 * len(rates))
    return partial(enrich, chunk, now=utc_now(), sources=sources)


def storing_events_that_lack_something() -> Operation:
    away = Unavailable("away")
    (chunk_id,) = post([PLAYBACK], type_name="playback")
    sources = {"region": Service("regions", {"ann": away}), "model": Service("models", {"tv": away})}
    enrich(leased(chunk_id, ChunkState.ACCEPTED), now=utc_now(), sources=sources)
    return partial(steps.WORK[steps.PERSIST], leased(chunk_id, ChunkState.ENRICHED), now=utc_now())


def aggregating_events_of_all_projections() -> Operation:
    accept_batch(
        [encoded("heartbeat", beat) for beat in BEATS] + [encoded("app_launch", LAUNCH)], type_name=None, now=utc_now()
    )
    ((chunk_id,),) = fetch_all("SELECT id FROM chunks")
    return partial(steps.WORK[steps.AGGREGATE], leased(chunk_id, ChunkState.PERSISTED), now=utc_now())


def taking_a_chunk_apart(state: ChunkState) -> Operation:
    return partial(isolation.take_apart, chunk_in(state), now=utc_now())


def failing_an_event(state: ChunkState) -> Operation:
    chunk = chunk_in(state, size=1).with_error("RuntimeError: sabotage", "…")
    return partial(isolation.take_apart, chunk, now=utc_now())


def failed(state: ChunkState) -> None:
    """An event that failed in the step after the state."""
    isolation.take_apart(chunk_in(state, size=1).with_error("RuntimeError: sabotage", "…"), now=utc_now())


def cancelling() -> Operation:
    """An operation whose chunk is replayed, with another event under way."""
    failed(ChunkState.PERSISTED)
    list(replay_failed(failed_events(), now=utc_now()))
    ((operation_id,),) = fetch_all("SELECT id::text FROM operations")
    return partial(cancel_operation, uuid.UUID(operation_id), now=utc_now())


def replaying_failed_events() -> Operation:
    """One that failed in a step, one that was rejected and is valid by now, one that still is not."""
    failed(ChunkState.PERSISTED)
    accept_batch(MIXED, type_name=None, now=utc_now())
    accept_batch([MIXED[2], MIXED[0]], type_name=None, now=utc_now())
    payload = json.dumps(BEATS[1])
    execute(
        "UPDATE failed_events SET payload = %(payload)s, type = 'heartbeat' "
        "WHERE record IS NULL AND id = (SELECT min(id::text)::uuid FROM failed_events WHERE record IS NULL)",
        {"payload": payload},
    )
    return lambda: list(replay_failed(failed_events(), now=utc_now()))


def replaying_events_whose_type_exists_by_now() -> Operation:
    valid, invalid = (uuid.UUID(one) for one in new_ids(2))
    UnsupportedEvent.objects.create(id=valid, type="heartbeat", payload=json.dumps(BEATS[0]))
    UnsupportedEvent.objects.create(id=invalid, type="bet", payload="{}")
    with transaction.atomic():
        tallies.add(unsupported=["heartbeat", "bet"])
    return lambda: list(replay_unsupported(now=utc_now()))


OPERATIONS = [
    a_batch,
    one_event,
    one_event_that_nobody_knows,
    a_request_with_a_key,
    the_drain,
    partial(a_step, ChunkState.ACCEPTED),
    partial(a_step, ChunkState.ENRICHED),
    partial(a_step, ChunkState.PERSISTED),
    partial(a_step, ChunkState.AGGREGATED),
    enriching_events_that_part,
    storing_events_that_lack_something,
    aggregating_events_of_all_projections,
    partial(taking_a_chunk_apart, ChunkState.ACCEPTED),
    partial(taking_a_chunk_apart, ChunkState.PERSISTED),
    partial(taking_a_chunk_apart, ChunkState.AGGREGATED),
    partial(failing_an_event, ChunkState.ENRICHED),
    partial(failing_an_event, ChunkState.PERSISTED),
    cancelling,
    replaying_failed_events,
    replaying_events_whose_type_exists_by_now,
]


def name_of(prepare: Callable[[], Operation]) -> str:
    if isinstance(prepare, partial):
        return f"{prepare.func.__name__} {prepare.args[0]}"
    return prepare.__name__

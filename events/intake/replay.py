"""Sending failed events, and events whose type was unknown, through the pipeline again.

A failed event goes on at the step that failed; its dedupe key is its own, so it is no duplicate of itself. A rejected
item, and an event of a type that is known by now, is validated first.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from events.conf import conf
from events.database import retried
from events.enrichment.engine import services_of, waits_for
from events.exceptions import InvalidField
from events.ids import received_at
from events.intake.validation import UnsupportedItem, validate
from events.models import FailedEvent, UnsupportedEvent
from events.pipeline import chunks, dispatch, tallies
from events.records import EventRecord, decode_record
from events.states import RESUMES_IN, ChunkState, StepName
from events.types.registry import event_types


@dataclass(frozen=True)
class _Made:
    """A chunk that was made and is to be dispatched."""

    id: int
    state: ChunkState
    services: tuple[str, ...]


@dataclass(frozen=True)
class _Batch:
    """What one transaction replayed: events that went on, in these chunks, and events that are rejected."""

    made: list[_Made]
    went_on: int
    rejected: int


def failed_events(type_name: str | None = None) -> QuerySet[FailedEvent]:
    """The failed events, of one type if it is given, oldest first. Uses failed_events_type, or failed_events_pkey."""
    failed = FailedEvent.objects.order_by("id")
    return failed.filter(type=type_name) if type_name else failed


def supported_by_now() -> QuerySet[UnsupportedEvent]:
    """Events that were kept as unsupported and whose type exists by now, oldest first.

    Uses unsupported_events_type.
    """
    return UnsupportedEvent.objects.filter(type__in=event_types.keys()).order_by("id")


def replay_failed(events: QuerySet[FailedEvent], *, now: datetime) -> Iterator[tuple[int, int]]:
    """Replays these failed events, a chunk's size at a time; yields how many went on, and how many still are rejected.

    Events that fail again come back as failed events; those that are rejected again stay as they are.
    """
    for ids in _batches(list(events.values_list("id", flat=True))):
        yield _dispatched(_replay_failed(ids, now=now))


def replay_unsupported(*, now: datetime) -> Iterator[tuple[int, int]]:
    """Processes events whose type exists by now; yields how many went on, and how many are not valid.

    One that its type's declaration rejects becomes a failed event.
    """
    for ids in _batches(list(supported_by_now().values_list("id", flat=True))):
        yield _dispatched(_replay_unsupported(ids, now=now))


@retried
@transaction.atomic
def _replay_failed(ids: Sequence[uuid.UUID], *, now: datetime) -> _Batch:
    failed = list(FailedEvent.objects.select_for_update(skip_locked=True).filter(id__in=ids).order_by("id"))
    made, replayed = _go_on([event for event in failed if event.record], now=now)
    accepted = _validate_again([event for event in failed if not event.record], now=now)
    made += _make_chunks([record for record, _ in accepted], RESUMES_IN[StepName.VALIDATE], now=now)
    replayed += [event for _, event in accepted]
    FailedEvent.objects.filter(id__in=[event.id for event in replayed]).delete()
    tallies.take_back(
        failed=[event.type for event in replayed if event.record],
        rejected=[event.type for event in replayed if not event.record],
    )
    return _Batch(made, went_on=len(replayed), rejected=len(failed) - len(replayed))


@retried
@transaction.atomic
def _replay_unsupported(ids: Sequence[uuid.UUID], *, now: datetime) -> _Batch:
    kept = list(UnsupportedEvent.objects.select_for_update(skip_locked=True).filter(id__in=ids).order_by("id"))
    records, rejected = [], []
    for event in kept:
        try:
            records.append(_validated(event, event.type))
        except InvalidField as reason:
            _reject(event, reason, now=now)
            rejected.append(event.type)
    UnsupportedEvent.objects.filter(id__in=[event.id for event in kept]).delete()
    made = _make_chunks(records, ChunkState.ACCEPTED, now=now)
    # This locks the tallies of all the types, in their order, so what follows locks none anew.
    tallies.take_back(unsupported=[event.type for event in kept])
    tallies.add(rejected=rejected)
    return _Batch(made, went_on=len(records), rejected=len(rejected))


def _batches(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), conf.CHUNK_SIZE):
        yield ids[start : start + conf.CHUNK_SIZE]


def _go_on(failed: Sequence[FailedEvent], *, now: datetime) -> tuple[list[_Made], list[FailedEvent]]:
    """Chunks of events that failed in a step, by what they share: their operation and where they go on."""
    alike: dict[tuple[uuid.UUID | None, ChunkState], list[FailedEvent]] = defaultdict(list)
    for event in failed:
        alike[event.operation_id, RESUMES_IN[StepName(event.step)]].append(event)
    made = []
    for (operation_id, state), events in alike.items():
        records = [decode_record(event.record or "") for event in events]
        made += _make_chunks(records, state, now=now, operation_id=operation_id)
    return made, list(failed)


def _make_chunks(
    records: Sequence[EventRecord], state: ChunkState, *, now: datetime, operation_id: uuid.UUID | None = None
) -> list[_Made]:
    """One chunk for each set of enrichers; in their operation the events stand as failed until they are through."""
    alike: dict[tuple[str, ...], list[EventRecord]] = defaultdict(list)
    for record in records:
        alike[waits_for(record)].append(record)
    return [
        _Made(
            chunks.create(
                group, services=services_of(names), now=now, state=state, operation_id=operation_id, replayed=True
            ),
            state,
            services_of(names),
        )
        for names, group in alike.items()
    ]


def _dispatched(batch: _Batch) -> tuple[int, int]:
    """The counts of a batch that is committed, once its chunks are dispatched."""
    for chunk in batch.made:
        dispatch.dispatch_chunk(chunk.id, chunk.state, chunk.services)
    return batch.went_on, batch.rejected


def _validate_again(rejected: Sequence[FailedEvent], *, now: datetime) -> list[tuple[EventRecord, FailedEvent]]:
    accepted = []
    for event in rejected:
        try:
            accepted.append((_validated(event, event.type or None), event))
        except InvalidField as reason:
            event.field, event.code, event.message, event.failed_at = reason.field, reason.code, reason.message, now
            event.save(update_fields=["field", "code", "message", "failed_at"])
    return accepted


def _validated(event: FailedEvent | UnsupportedEvent, type_name: str | None) -> EventRecord:
    item = validate(
        event.payload.encode(),
        event_id=str(event.id),
        received_at=received_at(event.id),
        type_name=type_name,
        owner=event.owner,
    )
    if isinstance(item, UnsupportedItem):
        raise InvalidField("type", "unsupported", f"There is no event type {item.type!r} yet.")
    return item


def _reject(event: UnsupportedEvent, reason: InvalidField, *, now: datetime) -> None:
    FailedEvent.objects.create(
        id=event.id,
        type=event.type,
        step=StepName.VALIDATE,
        operation_id=event.operation_id,
        owner=event.owner,
        field=reason.field,
        code=reason.code,
        message=reason.message,
        payload=event.payload,
        failed_at=now,
    )

"""Committing what a request brought. What is answered with 202 is in PostgreSQL before the answer leaves."""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from django.db import transaction

from events.conf import conf
from events.counted_log import CountedLog
from events.database import execute
from events.enrichment.engine import services_of, waits_for
from events.exceptions import NothingAcceptable
from events.ids import new_ids
from events.intake.inbox import insert_events
from events.intake.sorting import Sorted, sort_items
from events.models import FailedEvent, UnsupportedEvent
from events.pipeline import chunks, tallies
from events.pipeline.dispatch import MadeChunk, dispatcher
from events.queries import queries
from events.records import EventRecord
from events.states import ChunkState, StepName

#: Tells whoever is to work on chunks that they are committed.
Dispatch: TypeAlias = Callable[[Sequence[MadeChunk]], None]
#: Charges the sender's quota for so many events that are about to be stored; raises RequestProblem if it is used up.
Charge: TypeAlias = Callable[[int], None]

unsupported_log = CountedLog(
    logging.getLogger(__name__),
    first="Events of a type that is not known are kept as unsupported.",
    again="More events of types that are not known were kept as unsupported.",
    action="unsupported",
    what="type",
)


def free_of_charge(_events: int) -> None:
    """For who has no quota, or was charged already."""


@dataclass(frozen=True)
class AcceptedBatch:
    """What a batch is answered."""

    operation_id: uuid.UUID
    accepted: int
    rejected: int
    unsupported: int
    errors: list[dict[str, object]]


def accept_one(
    raw: bytes,
    *,
    type_name: str | None,
    now: datetime,
    owner: str | None = None,
    keep_rejected: bool = False,
    is_cloudevent: bool = False,
    charge: Charge = free_of_charge,
) -> str:
    """Commits one event that was sent alone; returns its id.

    Args:
        raw: the event's JSON.
        type_name: its type, where the route says it.
        now: when its request came in.
        owner: whose ids it is known by (docs/security.md).
        keep_rejected: keep it among the failed events, and count it, if it is not valid.
        is_cloudevent: whether the request says that it is one; others are known by their `specversion`.
        charge: called before it is committed, unless it is rejected.

    Raises:
        NothingAcceptable: it is not valid.
    """
    items = sort_items([raw], type_name=type_name, now=now, owner=owner, are_cloudevents=is_cloudevent)
    return commit_one(items, now=now, keep_rejected=keep_rejected, charge=charge)


def commit_one(items: Sorted, *, now: datetime, keep_rejected: bool = False, charge: Charge = free_of_charge) -> str:
    """The same with an event that `sort_items` has looked at already."""
    if items.rejected:
        if keep_rejected:
            with transaction.atomic():
                _keep_rejected(items, operation_id=None, now=now)
                _count(items)
        raise NothingAcceptable([items.rejected[0].as_error()])
    charge(1)
    if items.unsupported:
        with transaction.atomic():
            _keep_unsupported(items, operation_id=None)
            _count(items)
        return items.unsupported[0][0]
    insert_events(items.records)
    return items.records[0].id


def accept_batch(
    raw_items: Sequence[bytes],
    *,
    type_name: str | None,
    now: datetime,
    owner: str | None = None,
    are_cloudevents: bool = False,
    dispatch: Dispatch = dispatcher.chunks,
    charge: Charge = free_of_charge,
) -> AcceptedBatch:
    """Commits the good items of a batch as chunks under one operation, and the reasons of the bad ones.

    The operation of an empty batch is done.

    Args:
        owner: whose ids they are known by (docs/security.md).
        dispatch: called with the chunks once they are committed.
        charge: called before anything is committed: for all items, since bad ones are kept, too.

    Raises:
        NothingAcceptable: there are items, and no good one.
    """
    items = sort_items(raw_items, type_name=type_name, now=now, owner=owner, are_cloudevents=are_cloudevents)
    errors = [rejected.as_error() for rejected in items.rejected]
    if raw_items and not items.records and not items.unsupported:
        raise NothingAcceptable(errors)
    charge(len(raw_items))
    operation_id = uuid.UUID(new_ids(1)[0])
    with transaction.atomic():
        execute(
            queries.insert_operation.sql,
            {
                "id": operation_id,
                "now": now,
                "total": len(items.records) + len(items.unsupported),
                "handled": len(items.unsupported),
                "rejected": len(items.rejected),
                "unsupported": len(items.unsupported),
            },
        )
        made = _make_chunks(items.records, operation_id=operation_id, now=now)
        transaction.on_commit(partial(dispatch, made))
        _keep_unsupported(items, operation_id=operation_id)
        _keep_rejected(items, operation_id=operation_id, now=now)
        _count(items)
    return AcceptedBatch(operation_id, len(items.records), len(items.rejected), len(items.unsupported), errors)


def _make_chunks(records: Sequence[EventRecord], *, operation_id: uuid.UUID, now: datetime) -> list[MadeChunk]:
    """Chunks hold events that wait for the same things, so that a slow service holds up only what needs it."""
    alike: dict[tuple[str, ...], list[EventRecord]] = defaultdict(list)
    for record in records:
        alike[waits_for(record)].append(record)
    made = []
    for names, group in alike.items():
        services = services_of(names)
        for start in range(0, len(group), conf.CHUNK_SIZE):
            part = group[start : start + conf.CHUNK_SIZE]
            chunk_id = chunks.create(part, services=services, now=now, operation_id=operation_id)
            made.append(MadeChunk(chunk_id, ChunkState.ACCEPTED, services))
    return made


def _keep_unsupported(items: Sorted, *, operation_id: uuid.UUID | None) -> None:
    UnsupportedEvent.objects.bulk_create(
        [
            UnsupportedEvent(
                id=event_id,
                type=item.type,
                operation_id=operation_id,
                owner=items.owner,
                payload=item.raw.decode(),
            )
            for event_id, item in items.unsupported
        ],
        batch_size=1000,
    )
    for name, count in Counter(item.type for _, item in items.unsupported).items():
        transaction.on_commit(partial(unsupported_log.note, name, count))


def _keep_rejected(items: Sorted, *, operation_id: uuid.UUID | None, now: datetime) -> None:
    FailedEvent.objects.bulk_create(
        [
            FailedEvent(
                id=item.event_id,
                type=item.type,
                step=StepName.VALIDATE,
                operation_id=operation_id,
                owner=items.owner,
                index=item.index if operation_id else None,
                field=item.reason.field,
                code=item.reason.code,
                message=item.reason.message,
                # What is too large is not kept whole; PostgreSQL's texts have no U+0000.
                payload=item.raw[: conf.MAX_EVENT_BYTES].decode(errors="replace").replace("\0", "\ufffd"),
                failed_at=now,
            )
            for item in items.rejected
        ],
        batch_size=1000,
    )


def _count(items: Sorted) -> None:
    """Last in the transaction, and at once: the tallies' rows are locked in one order everywhere."""
    tallies.add(
        unsupported=[item.type for _, item in items.unsupported], rejected=[item.type for item in items.rejected]
    )

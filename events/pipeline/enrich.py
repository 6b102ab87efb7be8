"""First step: ask outside services for what the events lack. No transaction is open meanwhile (docs/enrichment.md)."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from events.conf import conf
from events.enrichers.base import EventInHand
from events.enrichers.engine import Enriched, enrich_events, wanted_by
from events.enrichers.run import LookupRun
from events.models import ChunkState
from events.pipeline import chunks, failures
from events.pipeline.chunks import LeasedChunk
from events.pipeline.failures import Failure
from events.records import EventRecord, encode_enrichment

logger = logging.getLogger(__name__)

REQUIRES = ChunkState.ACCEPTED
REACHES = ChunkState.ENRICHED


def enrich(chunk: LeasedChunk, *, now: datetime) -> None:
    """Adds what the chunk's event types want added.

    Events that go on stay in the chunk. Those whose required look-up has no answer move to a waiting chunk of their
    own, those that can't be enriched become failed events.
    """
    if not any(map(wanted_by, chunk.types)):
        with transaction.atomic():
            chunks.lock(chunk)
            chunks.advance(chunk, to=REACHES, now=now)
        return
    records = chunk.records()
    started = time.monotonic()
    run = LookupRun(deadline=started + conf.ENRICH_DEADLINE_SECONDS)
    enriched = enrich_events(
        [EventInHand(record) for record in records],
        run,
        wanted=lambda record: wanted_by(record.type),
        tick=_ProgressNotes(chunk, run).note,
    )
    # The look-ups took their time.
    now += timedelta(seconds=time.monotonic() - started)
    failed = [
        Failure(record, reason.code, reason.message, reason.field)
        for record in records
        if (reason := enriched.failed.get(record.id)) is not None
    ]
    with transaction.atomic():
        chunks.lock(chunk)
        if failed:
            failures.keep(chunk, failed, now=now)
        _move_on(chunk, records, enriched, now=now)
    failures.report(chunk, failed)


def _move_on(chunk: LeasedChunk, records: Sequence[EventRecord], enriched: Enriched, *, now: datetime) -> None:
    """Leaves in the chunk what goes on, or what waits if nothing goes on."""
    ready = [event.record for event in enriched.ready]
    waiting = [record for record in records if record.id in enriched.waiting]
    stay = ready or waiting
    if not stay:
        chunks.delete(chunk.id)
        return
    if len(stay) < chunk.size:
        chunks.shrink(chunk, to=stay)
    if waiting:
        _let_wait(chunk, waiting, enriched, of_its_own=bool(ready), now=now)
    if ready:
        enrichment = {event.record.id: event.enrichment for event in enriched.ready if event.enrichment}
        chunks.advance(chunk, to=REACHES, now=now, enrichment=encode_enrichment(enrichment) if enrichment else None)


def _let_wait(
    chunk: LeasedChunk, waiting: Sequence[EventRecord], enriched: Enriched, *, of_its_own: bool, now: datetime
) -> None:
    reason = enriched.waiting[waiting[0].id]
    until = now + timedelta(seconds=_pause_after(chunk.waits))
    if of_its_own:
        chunks.create(
            waiting,
            now=now,
            operation_id=chunk.operation_id,
            replayed=chunk.replayed,
            looked_up=len(waiting),
            waiting_for=reason,
            not_before=until,
        )
    else:
        chunks.let_wait(chunk, until=until, waiting_for=reason)
    logger.warning(
        "Events wait for an outside service.",
        extra={"action": "wait", "chunk": chunk.id, "events": len(waiting), "error": reason, "waits": chunk.waits},
    )


def _pause_after(waits: int) -> float:
    """Seconds to wait after that many waits: they double, with jitter."""
    return min(conf.WAIT_LIMIT_SECONDS, 2.0 ** min(waits, 16)) * random.uniform(0.75, 1.25)  # noqa: S311 (no secret)


class _ProgressNotes:
    """Writes down how far the look-ups are, when that has changed."""

    def __init__(self, chunk: LeasedChunk, run: LookupRun) -> None:
        self._chunk = chunk
        self._run = run
        self._noted = chunk.looked_up

    def note(self) -> None:
        """Called every now and then while look-ups are under way."""
        looked_up = int(self._chunk.size * self._run.share)
        if looked_up > self._noted:
            chunks.note_looked_up(self._chunk, looked_up)
            self._noted = looked_up

"""First step: ask outside services for what the events lack. No transaction is open meanwhile (docs/enrichment.md)."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from events.conf import conf
from events.enrichment.engine import NO_OTHER_SOURCES, Enriched, enrich_events, wanted_by
from events.enrichment.enricher import EventToEnrich
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Source
from events.exceptions import ChunkWaits
from events.outside_services import waiting_log
from events.pipeline import chunks, dispatch, failures
from events.pipeline.failures import Failure
from events.pipeline.leased_chunk import LeasedChunk
from events.records import EventRecord, encode_enrichment, with_enrichment
from events.states import ENRICH

logger = logging.getLogger(__name__)

#: Events of a chunk that are set aside, each in a chunk of its own, when enrichers raise. If there are more, the chunk
#: as a whole is tried again, and taken apart like any other that keeps failing.
MOST_SET_ASIDE = 10


def enrich(chunk: LeasedChunk, *, now: datetime, sources: Mapping[str, Source] = NO_OTHER_SOURCES) -> LeasedChunk:
    """Adds what the chunk's event types want added.

    Events that go on stay in the chunk. Those whose required look-up has no result move to a waiting chunk of their
    own, those that can't be enriched become failed events. One that an enricher breaks on is set aside; when it stands
    alone, the enricher's exception is raised.

    Args:
        sources: by an enricher's name, what it asks in place of its own source.

    Raises:
        ChunkWaits: nothing goes on; that is committed.
    """
    if not any(map(wanted_by, chunk.types)):
        chunks.advance(chunk, to=ENRICH.reaches, now=now)
        return chunk
    records = chunk.records()
    started = time.monotonic()
    run = LookupRun(deadline=started + conf.ENRICH_DEADLINE_SECONDS)
    enriched = enrich_events(
        [EventToEnrich(record) for record in records],
        run,
        wanted=lambda record: wanted_by(record.type),
        sources=sources,
        tick=_ProgressNotes(chunk, run).note,
    )
    if enriched.broken and (chunk.size == 1 or len(enriched.broken) > MOST_SET_ASIDE):
        raise next(iter(enriched.broken.values()))
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
        set_aside = [_set_aside(chunk, record, now=now) for record in records if record.id in enriched.broken]
        after = _move_on(chunk, records, enriched, now=now)
    failures.report(chunk, failed)
    if set_aside:
        extra = {"action": "set_aside", "chunk": chunk.id, "events": list(enriched.broken)}
        error = next(iter(enriched.broken.values()))
        logger.warning("An enricher raised; the events are set aside.", extra=extra, exc_info=error)
    for chunk_id in set_aside:
        dispatch.dispatch_chunk(chunk_id, chunk.state, chunk.services)
    if enriched.waiting and not enriched.ready:
        raise ChunkWaits
    return after


def _set_aside(chunk: LeasedChunk, record: EventRecord, *, now: datetime) -> int:
    """Puts the event into a chunk of its own; the chunk's id."""
    return chunks.create(
        [record],
        services=chunk.services,
        now=now,
        operation_id=chunk.operation_id,
        replayed=chunk.replayed,
        looked_up=100,
    )


def _move_on(chunk: LeasedChunk, records: Sequence[EventRecord], enriched: Enriched, *, now: datetime) -> LeasedChunk:
    """Leaves in the chunk what goes on, or what waits if nothing goes on; returns it with what goes on."""
    ready = [event.record for event in enriched.ready]
    waiting = [record for record in records if record.id in enriched.waiting]
    stay = ready or waiting
    if not stay:
        chunks.delete(chunk.id)
        return chunk.with_records([])
    if len(stay) < chunk.size:
        chunks.shrink(chunk, to=stay)
    if waiting:
        _let_wait(chunk, waiting, enriched, of_its_own=bool(ready), now=now)
    if ready:
        by_id = {event.record.id: event.encoded for event in enriched.ready if event.encoded}
        enrichment = encode_enrichment(by_id) if by_id else None
        chunks.advance(chunk, to=ENRICH.reaches, now=now, enrichment=enrichment)
        if chunk.stays_held and enrichment is not None:
            ready = with_enrichment(ready, enrichment)
    return chunk.with_records(ready)


def _let_wait(
    chunk: LeasedChunk, waiting: Sequence[EventRecord], enriched: Enriched, *, of_its_own: bool, now: datetime
) -> None:
    reason = enriched.waiting[waiting[0].id]
    until = now + timedelta(seconds=_pause_after(chunk.waits))
    if of_its_own:
        chunks.create(
            waiting,
            services=chunk.services,
            now=now,
            operation_id=chunk.operation_id,
            replayed=chunk.replayed,
            looked_up=100 * len(waiting),
            waiting_for=reason,
            not_before=until,
        )
    else:
        chunks.let_wait(chunk, until=until, waiting_for=reason)
    if chunk.looked_up < 100 * chunk.size:  # for the first time
        name, _, error = reason.partition(": ")
        waiting_log.note(name, len(waiting), error=error)


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
        looked_up = int(100 * self._chunk.size * self._run.share)
        if looked_up > self._noted:
            chunks.note_looked_up(self._chunk, looked_up)
            self._noted = looked_up

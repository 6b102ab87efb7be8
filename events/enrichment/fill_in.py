"""Fills in what stored events lack because a look-up had no result when they came through (docs/enrichment.md).

An event is written once: the transaction that does it takes it off the list of partial events. Safe to run twice.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from events.conf import conf
from events.database import Row, execute, fetch_all
from events.enrichment.engine import Enriched, and_dependents, enrich_events, wanted_by
from events.enrichment.enricher import PARTIAL, EventToEnrich, enrichers
from events.enrichment.lookups.run import LookupRun
from events.outside_services import waiting_log
from events.queries import queries
from events.records import EventRecord

logger = logging.getLogger(__name__)

#: Seconds that one round of look-ups may take; meanwhile nobody else takes the same events.
ROUND_SECONDS = 60.0
_CLAIM_MARGIN_SECONDS = 30.0


@dataclass
class _Taken:
    """A partial event that this worker has taken.

    Attributes:
        attempts: how often it was tried, this time included; it tells whether the event is still this worker's.
        lacks: the enrichers that had no result.
        wanted: the enrichers to run for it: those, and whatever reads what they add.
    """

    event: EventToEnrich
    attempts: int
    lacks: list[str]
    wanted: Collection[str]


def note_partial(records: Sequence[EventRecord], *, now: datetime) -> None:
    """Puts those of the stored events that lack something on the list, within the caller's transaction."""
    partial = [
        (record, record.enrichment[PARTIAL])
        for record in records
        if record.enrichment is not None and PARTIAL in record.enrichment
    ]
    if partial:
        execute(
            queries.insert_partial_events.sql,
            {
                "ids": [record.id for record, _ in partial],
                "types": [record.type for record, _ in partial],
                "missing": [",".join(missing) for _, missing in partial],
                "errors": [next(iter(missing.values())) for _, missing in partial],
                "next_attempt_at": now + timedelta(seconds=conf.PARTIAL_PAUSE_SECONDS),
            },
        )
        reasons = {name: reason for _, missing in partial for name, reason in missing.items()}
        for name, count in Counter(name for _, missing in partial for name in missing).items():
            transaction.on_commit(functools.partial(waiting_log.note, name, count, error=reasons[name]))


def fill_in(*, now: datetime) -> int:
    """Tries a chunk's worth of partial events again; returns how many are complete now.

    Events whose service is paused by its circuit breaker are not touched.
    """
    taken = _take(now=now)
    if not taken:
        return 0
    started = time.monotonic()
    wanted = {one.event.record.id: one.wanted for one in taken}
    enriched = enrich_events(
        [one.event for one in taken],
        LookupRun(deadline=started + ROUND_SECONDS),
        wanted=lambda record: wanted[record.id],
    )
    # The look-ups took their time.
    complete = _write(taken, enriched, now=now + timedelta(seconds=time.monotonic() - started))
    logger.info(
        "Partial events were tried again.", extra={"action": "fill_in", "rows": len(taken), "complete": complete}
    )
    return complete


def _take(*, now: datetime) -> list[_Taken]:
    rows = fetch_all(
        queries.take_partial_events.sql,
        {
            "now": now,
            "claimed_until": now + timedelta(seconds=ROUND_SECONDS + _CLAIM_MARGIN_SECONDS),
            "paused": [one.name for one in enrichers if one.source is not None and one.source.is_paused()],
            "limit": conf.CHUNK_SIZE,
        },
    )
    if not rows:
        return []
    stored = {row[0]: row for row in fetch_all(queries.events_to_fill_in.sql, {"ids": [row[0] for row in rows]})}
    gone = [event_id for event_id, _, _ in rows if event_id not in stored]
    if gone:  # failed in a later step
        execute(queries.delete_partial_events.sql, {"ids": gone})
    return [_as_taken(stored[row[0]], *row[1:]) for row in rows if row[0] in stored]


def _as_taken(stored: Row, attempts: int, missing: list[str]) -> _Taken:
    event_id, type_name, user, item, time_us, data, enrichment = stored
    record = EventRecord(event_id, type_name, user, item, time_us, None, msgspec.Raw(data.encode()))
    fields = msgspec.json.decode(enrichment, type=dict[str, object])
    fields.pop(PARTIAL, None)
    return _Taken(EventToEnrich(record, fields), attempts, missing, and_dependents(missing, among=wanted_by(type_name)))


def _write(taken: Sequence[_Taken], enriched: Enriched, *, now: datetime) -> int:
    """Stores what was found; returns how many events are complete."""
    for one in taken:
        event_id = one.event.record.id
        error = enriched.broken.get(event_id)
        if error is not None:
            logger.warning("An enricher raised.", extra={"event": event_id}, exc_info=error)
        if error is not None or event_id in enriched.waiting:
            # What is stored stays as it is, and is tried again like all that is late.
            reason = enriched.waiting.get(event_id) or f"raised {type(error).__name__}"
            one.event.missing = dict.fromkeys(one.lacks, reason)
    ready = {event.record.id for event in enriched.ready}
    with transaction.atomic():
        mine = {
            row[0]
            for row in fetch_all(
                queries.lock_partial_events.sql,
                {"ids": [one.event.record.id for one in taken], "attempts": [one.attempts for one in taken]},
            )
        }
        kept = [one for one in taken if one.event.record.id in mine]
        hopeless = [one for one in kept if one.event.record.id in enriched.failed]
        complete = [one for one in kept if not one.event.missing and one not in hopeless]
        late = [one for one in kept if one.event.missing and one not in hopeless]
        _store([one.event for one in kept if one.event.record.id in ready])
        execute(queries.delete_partial_events.sql, {"ids": [one.event.record.id for one in complete + hopeless]})
        _postpone(late, now=now)
    for one in hopeless:
        reason = enriched.failed[one.event.record.id].message
        logger.error("A partial event stays so.", extra={"event": one.event.record.id, "error": reason})
    return len(complete)


def _store(events: Sequence[EventToEnrich]) -> None:
    if events:
        events = sorted(events, key=lambda event: event.record.id)
        execute(
            queries.set_enrichment.sql,
            {
                "ids": [event.record.id for event in events],
                "enrichments": [event.encoded.decode() for event in events],
            },
        )


def _postpone(late: Sequence[_Taken], *, now: datetime) -> None:
    if late:
        execute(
            queries.postpone_partial_events.sql,
            {
                "ids": [one.event.record.id for one in late],
                "missing": [",".join(one.event.missing) for one in late],
                "errors": [next(iter(one.event.missing.values())) for one in late],
                "attempts": [one.attempts for one in late],
                "next_attempts_at": [now + timedelta(seconds=_pause_after(one.attempts)) for one in late],
            },
        )


def _pause_after(attempts: int) -> float:
    """Seconds until the next attempt: they double, with jitter."""
    pause: float = min(conf.PARTIAL_LIMIT_SECONDS, conf.PARTIAL_PAUSE_SECONDS * 2 ** min(attempts - 1, 16))
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 (no secret)

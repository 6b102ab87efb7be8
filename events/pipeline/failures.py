"""Failed events: keeping them with the reason, and counting them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.models import FailedEvent
from events.pipeline import tallies
from events.pipeline.aggregate import settle
from events.pipeline.leased_chunk import LeasedChunk
from events.records import EventRecord, encode_record
from events.states import STEP_FROM

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """An event that failed, and why.

    Attributes:
        code: machine readable reason.
        message: a sentence that names the cause.
        field: the field of the event that is to blame, if one is.
    """

    record: EventRecord
    code: str
    message: str
    field: str = ""
    traceback: str = ""


def keep(chunk: LeasedChunk, failures: Sequence[Failure], *, now: datetime) -> None:
    """Makes some events of a locked chunk failed ones; taking them out of the chunk is the caller's."""
    step = STEP_FROM[chunk.state].name
    FailedEvent.objects.bulk_create(
        [
            FailedEvent(
                id=failure.record.id,
                type=failure.record.type,
                step=step,
                operation_id=chunk.operation_id,
                field=failure.field,
                code=failure.code,
                message=failure.message,
                traceback=failure.traceback,
                payload=bytes(failure.record.data).decode(),
                record=encode_record(failure.record),
                attempts=chunk.attempts,
                failed_at=now,
            )
            for failure in failures
        ],
        batch_size=1000,
    )
    settle(chunk, failed=len(failures), now=now)
    tallies.add(failed=[failure.record.type for failure in failures])


def report(chunk: LeasedChunk, failures: Sequence[Failure]) -> None:
    """Logs them, once they are committed."""
    for failure in failures:
        logger.error(
            "An event failed; see the failed events in the admin.",
            extra={
                "action": "fail",
                "event": failure.record.id,
                "type": failure.record.type,
                "step": STEP_FROM[chunk.state].name.value,
                "error": failure.message,
            },
        )

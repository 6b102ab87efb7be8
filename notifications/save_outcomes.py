"""Records what became of deliveries."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from events.database import execute
from notifications.decision import Delivery
from notifications.models import State
from notifications.outcome import Outcome
from notifications.queries import queries

logger = logging.getLogger(__name__)

Finished: TypeAlias = tuple[Delivery, Outcome]


def record(finished: Sequence[Finished], *, now: datetime) -> None:
    """Writes the outcomes of those deliveries that are still this worker's."""
    execute(
        queries.record_outcomes.sql,
        {
            "ids": [delivery.id for delivery, _ in finished],
            "tokens": [delivery.token for delivery, _ in finished],
            "states": [outcome.state for _, outcome in finished],
            "reasons": [outcome.reason for _, outcome in finished],
            "next_at": [
                now + timedelta(seconds=outcome.pause_seconds) if outcome.state is State.PENDING else None
                for _, outcome in finished
            ],
            "now": now,
        },
    )
    logger.info(
        "Notifications were posted.",
        extra={
            "action": "deliver",
            "rows": len(finished),
            "sent": sum(outcome.state is State.SENT for _, outcome in finished),
            "late_ms": round(max((now - delivery.due_at).total_seconds() for delivery, _ in finished) * 1000),
        },
    )
    for delivery, outcome in finished:
        if outcome.state is not State.SENT:
            logger.warning(
                "A notification could not be delivered.",
                extra={
                    "action": "deliver",
                    "notification": delivery.id,
                    "attempts": delivery.attempts,
                    "state": str(outcome.state),
                    "error": outcome.reason,
                },
            )

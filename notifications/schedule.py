"""The sweep: hands what is due within the next seconds to delayed tasks. Safe with several sweepers at once.

Messages carry ids only and may be lost, doubled or late: the rows are the truth, and what nobody has seen to a second
after it was due is handed out again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from celery import current_app

from events.database import Row, fetch_all
from notifications.queries import queries

logger = logging.getLogger(__name__)

#: Seconds ahead for which notifications are handed out; three sweeps may be lost without making one late.
HORIZON_SECONDS = 4.0
#: Seconds after which a notification that was handed out and is not seen to is handed out again.
GRACE_SECONDS = 1.0
#: Notifications that one sweep hands out at most.
PER_SWEEP = 10_000
#: Notifications of one task at most: a task costs more than a notification.
PER_TASK = 20
#: Notifications within this time go into one task, which runs when the last of them is due.
SLOT_SECONDS = 0.05

DELIVER = "notifications.deliver"


def hand_out(*, now: datetime) -> int:
    """Hands out what is due until HORIZON_SECONDS from now, each with its exact time; answers how many."""
    rows = fetch_all(
        queries.hand_out.sql,
        {
            "now": now,
            "until": now + timedelta(seconds=HORIZON_SECONDS),
            "grace_seconds": GRACE_SECONDS,
            "limit": PER_SWEEP,
        },
    )
    for ids, eta in in_tasks(rows):
        if not publish(ids, eta=eta, now=now):
            break  # the others are handed out again soon
    return len(rows)


def in_tasks(rows: Sequence[Row]) -> Iterator[tuple[list[str], datetime]]:
    """Puts (id, time) rows that are close to each other together: ids, and the time when the last of them is due."""
    ordered = sorted(rows, key=lambda row: row[1])
    for _, slot in groupby(ordered, key=lambda row: int(row[1].timestamp() / SLOT_SECONDS)):
        those = list(slot)
        for start in range(0, len(those), PER_TASK):
            part = those[start : start + PER_TASK]
            yield [row[0] for row in part], part[-1][1]


def publish(ids: Sequence[str], *, eta: datetime, now: datetime) -> bool:
    """Sends the task that sees to these notifications, not before `eta`; False if the broker is away."""
    signature = current_app.signature(DELIVER, args=(list(ids),), immutable=True)
    try:
        signature.apply_async(eta=eta if eta > now else None)
    except current_app.connection_for_write().recoverable_connection_errors:
        logger.warning("Notifications could not be handed out; the next sweep will.", exc_info=True)
        return False
    return True

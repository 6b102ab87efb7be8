"""The sweep: dispatches what is due within the next seconds, as delayed tasks. Safe with several sweepers at once.

Messages carry ids only and may be lost, doubled or late: the rows are the truth, and what no worker has taken a second
after it was due is dispatched again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from celery import current_app
from kombu.exceptions import OperationalError

from events.database import Row, fetch_all
from notifications.queries import queries

logger = logging.getLogger(__name__)

#: Seconds ahead for which notifications are dispatched; three sweeps may be lost without making one late.
HORIZON_SECONDS = 4.0
#: Seconds after which a notification that was dispatched, and that no worker has taken, is dispatched again.
GRACE_SECONDS = 1.0
#: Notifications that one sweep dispatches at most.
PER_SWEEP = 10_000
#: Notifications of one task at most: a task costs more than a notification.
PER_TASK = 20
#: Notifications within this time go into one task, which runs when the last of them is due.
SLOT_SECONDS = 0.05

DELIVER = "notifications.deliver"


def dispatch_due(*, now: datetime) -> int:
    """Dispatches what is due until HORIZON_SECONDS from now, each for its exact time; returns how many there were."""
    rows = fetch_all(
        queries.mark_dispatched.sql,
        {
            "now": now,
            "until": now + timedelta(seconds=HORIZON_SECONDS),
            "grace_seconds": GRACE_SECONDS,
            "limit": PER_SWEEP,
        },
    )
    for ids, eta in in_tasks(rows):
        if not dispatch(ids, eta=eta, now=now):
            break  # the others are dispatched again soon
    return len(rows)


def in_tasks(rows: Sequence[Row]) -> Iterator[tuple[list[str], datetime]]:
    """Puts (id, time) rows that are close to each other together: ids, and the time when the last of them is due."""
    ordered = sorted(rows, key=lambda row: row[1])
    for _, slot in groupby(ordered, key=lambda row: int(row[1].timestamp() / SLOT_SECONDS)):
        those = list(slot)
        for start in range(0, len(those), PER_TASK):
            part = those[start : start + PER_TASK]
            yield [row[0] for row in part], part[-1][1]


def dispatch(ids: Sequence[str], *, eta: datetime, now: datetime) -> bool:
    """Sends the task that delivers these notifications, not before `eta`; False if the broker is away."""
    signature = current_app.signature(DELIVER, args=(list(ids),), immutable=True)
    try:
        signature.apply_async(eta=eta if eta > now else None)
    except OperationalError as error:
        logger.warning("Notifications could not be dispatched; they will be soon.", extra={"error": str(error)})
        return False
    return True

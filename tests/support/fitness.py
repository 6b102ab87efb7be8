"""Events of the fitness app, and the notifications that follow from them, as the tests speak of them."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.clock import utc_now
from events.intake.accept import accept_batch
from notifications.models import Notification, State
from tests.support.pipeline import chunk_ids, process

#: Long ago, so that every deadline has passed when the events arrive.
MORNING = datetime(2021, 2, 28, 9, tzinfo=UTC)

Event = dict[str, Any]


def at(minutes: float, *, since: datetime = MORNING) -> str:
    """A time stamp as the app writes it, that many minutes after."""
    return f"{since + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}"


def launch(minutes: float, *, user: str = "jane", device: str = "phone", since: datetime = MORNING) -> Event:
    """The app was opened."""
    return {"type": "app_launch", "user_id": user, "device_id": device, "time_stamp": at(minutes, since=since)}


def program(
    what: str,
    minutes: float,
    *,
    user: str = "jane",
    of: str = "hiit",
    title: str | None = None,
    since: datetime = MORNING,
) -> Event:
    """A training program was started, cancelled or finished."""
    event = {
        "type": f"training_program_{what}",
        "user_id": user,
        "device_id": "phone",
        "training_program_id": of,
        "time_stamp": at(minutes, since=since),
    }
    return event if title is None else event | {"training_program_title": title}


def accept(events: Iterable[Event], *, now: datetime | None = None) -> list[int]:
    """Accepts the events as one request; the ids of the chunks made."""
    before = chunk_ids()
    accept_batch([json.dumps(event).encode() for event in events], type_name=None, now=now or utc_now())
    return [chunk_id for chunk_id in chunk_ids() if chunk_id not in before]


def happen(*events: Event) -> None:
    """Accepts and processes the events, one request after the other."""
    for event in events:
        process(accept([event]))


def once_settled() -> datetime:
    """A moment at which everything that has arrived has settled."""
    return utc_now() + timedelta(seconds=30)


def notifications(state: State | None = None) -> list[tuple[str, str, float]]:
    """All notifications, or those in one state: rule, user, and minutes from MORNING to what brought them about."""
    rows = Notification.objects.all() if state is None else Notification.objects.filter(state=state)
    return sorted(
        (row.rule, row.user_key, round((row.occurred_at - MORNING) / timedelta(minutes=1), 3)) for row in rows
    )


def ids(rows: Sequence[Notification] | None = None) -> list[str]:
    """The ids of these notifications, or of all."""
    return [str(row.id) for row in (Notification.objects.order_by("id") if rows is None else rows)]

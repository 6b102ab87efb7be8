"""What an operator may do with a notification. Both are conditional updates: they take effect, or find it too late."""

from __future__ import annotations

import uuid
from datetime import datetime

from events.database import fetch_one
from notifications.queries import queries


def cancel(notification_id: uuid.UUID, *, who: str, now: datetime) -> bool:
    """Cancels a notification that is pending; False if it is being delivered or is through."""
    reason = f"cancelled by {who}"
    return fetch_one(queries.cancel_notification.sql, {"id": notification_id, "reason": reason, "now": now}) is not None


def send_again(notification_id: uuid.UUID, *, now: datetime) -> bool:
    """Has one that failed or was cancelled delivered, under the same Idempotency-Key; False if it is neither."""
    return fetch_one(queries.send_again.sql, {"id": notification_id, "now": now}) is not None

"""How long notifications are kept."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from events.database import execute, fetch_all, fetch_one
from events.exceptions import StillNeeded
from events.ids import lowest_id_at
from events.pipeline.partitions import Month
from events.retention.months import Position, dependents
from events.retention.pruning import BATCH, Age, Batch
from events.retention.registry import pruned_table, table
from notifications.conf import NotificationsSettings
from notifications.planning import lock_users
from notifications.queries import queries
from notifications.rules.registry import watched_types


@dataclass(frozen=True)
class OldNotifications:
    """Deletes notifications that are through, and remembers that they were decided: no late event brings one back.

    Locks: users, notifications.
    """

    age: Age
    table: str = "notifications"
    is_promise: bool = False

    def count(self, *, before: datetime) -> int:
        row = fetch_one(queries.count_old_notifications.sql, _bounds(before))
        return row[0] if row else 0

    def delete_batch(self, *, before: datetime, after: object | None) -> Batch:
        bounds = {**_bounds(before), "after": after or uuid.UUID(int=0), "limit": BATCH}
        ids = [row_id for (row_id,) in fetch_all(queries.claim_old_notifications.sql, bounds)]
        execute(queries.forget_notifications.sql, {"ids": ids})
        return Batch(len(ids), max(ids, default=None))


#: Users of one transaction.
USERS_AT_ONCE = 500


class DecidedUsers:
    """What users did in a month that goes is decided, for good."""

    def let_go(self, month: Month, *, after: Position | None) -> Position | None:
        """Locks the next users, and remembers until when they are decided. Locks: users."""
        if after is None and fetch_one(queries.open_of_month.sql, month.bounds) is not None:
            raise StillNeeded("Notifications that follow from events of that month are not sent yet.")
        rows = fetch_all(
            queries.users_of_partition.sql.format(partition=connection.ops.quote_name(month.name)),
            {"types": sorted(watched_types()), "after": after[0] if after else "", "limit": USERS_AT_ONCE},
        )
        if not rows:
            return None
        users = [user for user, _ in rows]
        lock_users(users)
        execute(queries.decide_until.sql, {"users": users, "moments": [moment for _, moment in rows]})
        return [users[-1]]


def _bounds(before: datetime) -> dict[str, object]:
    return {"before": before, "below": lowest_id_at(before)}


pruned_table(
    OldNotifications(age=Age(NotificationsSettings.KEEP_NOTIFICATIONS_DAYS, "days")),
    holds="notifications, and what became of them",
    goes="{age} after its end; what it was about stays decided",
)
table(
    "notification_users", holds="users whom a rule concerns, and up to when they are decided", goes="never; a row each"
)
dependents.add("notifications", DecidedUsers())

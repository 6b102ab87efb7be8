"""Reads what users did, as a rule needs it, out of the stored events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from events.database import Row, fetch_all
from notifications.activity import Activity
from notifications.queries import queries
from notifications.rules.base import Rule

#: (user, item); the item is empty where a rule is about the user alone.
Scope: TypeAlias = tuple[str, str]

#: Events before the moment in question that are read at first; only a session that goes back further needs all of them.
DEPTH = 64
_ALL = 2**62


def read_histories(
    rule: Rule, since: Mapping[Scope, datetime], *, whole: bool
) -> dict[Scope, tuple[list[Activity], bool]]:
    """Each scope's activities, in order, and whether there is nothing before them.

    Args:
        since: the moment from which on each scope's are read. A rule that is not chained gets some from before, too.
        whole: whether it gets all of those.
    """
    scopes = sorted(since)
    parameters: dict[str, object] = {
        "users": [user for user, _ in scopes],
        "items": [item for _, item in scopes],
        "earliest": [since[scope] for scope in scopes],
        "types": list(rule.watches),
        "depth": 0 if rule.chained else _ALL if whole else DEPTH,
    }
    query = queries.item_history if rule.per_item else queries.user_history
    activities: dict[Scope, list[Activity]] = {scope: [] for scope in scopes}
    complete = dict.fromkeys(scopes, True)
    for row in fetch_all(query.sql, parameters):
        scope, activity = (row[0], row[1]), _activity(row)
        if rule.chained and activity.time < since[scope]:
            continue
        activities[scope].append(activity)
        complete[scope] = row[6]
    rank = {name: position for position, name in enumerate(rule.watches)}
    for those in activities.values():
        # Of one moment and type: by content, so that the order of arrival makes no difference.
        those.sort(key=lambda activity: (activity.time_us, rank[activity.type], activity.text))
    return {scope: (activities[scope], complete[scope]) for scope in scopes}


def _activity(row: Row) -> Activity:
    _, _, event_id, event_type, time_us, text, _ = row
    return Activity(event_id, event_type, time_us, text, msgspec.json.decode(text))

"""What users did, as rules are given it: activities made by hand, in minutes."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.types.times import microseconds
from notifications.activity import Activity, History
from notifications.rules.base import Rule
from notifications.rules.registry import rules

#: What was done with a program, and when.
Done = tuple[str, float]

MORNING = datetime(2021, 2, 28, 9, tzinfo=UTC)
MINUTE_US = 60_000_000


def activity(event_type: str, minutes: float, *, number: int = 0, **data: Any) -> Activity:
    """Something that was done so many minutes after MORNING."""
    data = {"device_id": "phone", "training_program_id": "hiit"} | data
    time_us = microseconds(MORNING) + round(minutes * MINUTE_US)
    return Activity(str(UUID(int=number)), event_type, time_us, json.dumps(data, sort_keys=True), data)


def history(rule: Rule, activities: Iterable[Activity], **rest: Any) -> History:
    """These activities in the order in which the rule expects them."""
    rank = {name: position for position, name in enumerate(rule.watches)}
    ordered = sorted(activities, key=lambda each: (each.time_us, rank[each.type], each.text))
    return History(ordered, **rest)


def minutes_of(time_us: int) -> float:
    """Minutes after MORNING."""
    return (time_us - microseconds(MORNING)) / MINUTE_US


def launch(minutes: float, **data: str) -> Activity:
    """The app was opened."""
    return activity("app_launch", minutes, **data)


def done(what: str, minutes: float, **data: str | int | None) -> Activity:
    """A training program was started, cancelled or finished."""
    return activity(f"training_program_{what}", minutes, **data)


def episodes(*activities: Activity, **rest: Any) -> list[tuple[float, bool]]:
    """When each episode opens, in minutes, and whether it ends with a push."""
    rule = rules.get("start_training")
    planned = rule.plan(history(rule, activities, **rest))
    assert all(each.deadline_us == each.trigger.time_us + 10 * MINUTE_US for each in planned)
    return [(minutes_of(each.trigger.time_us), not each.prevented_by) for each in planned]


def congratulated(*what: Done, **rest: Any) -> list[tuple[float, int]]:
    """When each congratulated finish was, in minutes, and the minutes that are named."""
    rule = rules.get("training_congratulation")
    planned = rule.plan(history(rule, [done(*each) for each in what], **rest))
    assert all(each.deadline_us == each.trigger.time_us and not each.prevented_by for each in planned)
    return [(minutes_of(each.trigger.time_us), each.body["minutes"]) for each in planned]

"""Who finishes a training program after more than thirty minutes is congratulated."""

from __future__ import annotations

from datetime import timedelta

from notifications.activity import Activity, Body
from notifications.conf import conf
from notifications.rules.base import session


@session(
    "training_congratulation",
    starts="training_program_started",
    ends="training_program_finished",
    abandoned_by="training_program_cancelled",
    longer_than_seconds=lambda: conf.CONGRATULATION_AFTER_SECONDS,
)
def training_congratulation(start: Activity, finish: Activity) -> Body:
    """What the user is told; `minutes` are whole ones, rounded down."""
    minutes = (finish.time - start.time) // timedelta(minutes=1)
    title = finish.data.get("training_program_title") or start.data.get("training_program_title")
    program = f"“{title}”" if title else "your training program"
    return {
        "device_id": finish.data["device_id"],
        "message": f"Congratulations! You trained for {minutes} minutes and finished {program}.",
        "minutes": minutes,
        "training_program_id": str(finish.data["training_program_id"]),
        "training_program_title": title,
    }

"""Who finishes a training program after more than thirty minutes is congratulated."""

from __future__ import annotations

from datetime import timedelta

from notifications.activity import Activity, Body
from notifications.conf import conf
from notifications.rules.registry import session


@session(
    "training_congratulation",
    starts="training_program_started",
    ends="training_program_finished",
    abandoned_by="training_program_cancelled",
    longer_than_seconds=lambda: conf.CONGRATULATION_AFTER_SECONDS,
)
def training_congratulation(start: Activity, finish: Activity) -> Body:
    """To the second in the message, whole minutes in `minutes`."""
    took = finish.time - start.time
    minutes = took // timedelta(minutes=1)
    title = finish.data.get("training_program_title") or start.data.get("training_program_title")
    program = f"“{title}”" if title else "training"
    return {
        "device_id": finish.data["device_id"],
        "message": f"Congratulations! {_in_words(took)} of {program}: you have completed your daily training dose.",
        "minutes": minutes,
        "training_program_id": str(finish.data["training_program_id"]),
        "training_program_title": title,
    }


def _in_words(took: timedelta) -> str:
    """Such as "36 minutes and 18 seconds"; rounded down to whole seconds."""
    minutes, seconds = divmod(took // timedelta(seconds=1), 60)
    counted = ((minutes, "minute"), (seconds, "second"))
    return " and ".join(f"{count} {unit}{'s' * (count != 1)}" for count, unit in counted if count)

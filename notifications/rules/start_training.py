"""Who opens the app and starts no training within ten minutes is asked to."""

from __future__ import annotations

from notifications.activity import Activity, Body
from notifications.conf import conf
from notifications.rules.base import timer


@timer(
    "start_training",
    trigger="app_launch",
    cancelled_by=("training_program_started",),
    delay_seconds=lambda: conf.START_TRAINING_DELAY_SECONDS,
)
def start_training(launch: Activity) -> Body:
    """What the user is told, on the device that the app was opened on."""
    return {
        "device_id": launch.data["device_id"],
        "message": "You opened the app and have not started yet. A few minutes of training will do you good!",
    }

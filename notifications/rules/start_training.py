"""Who opens the app and starts no training within ten minutes is asked to."""

from __future__ import annotations

from notifications.activity import Activity, Body
from notifications.conf import conf
from notifications.rules.registry import timer


@timer(
    "start_training",
    trigger="app_launch",
    cancelled_by=("training_program_started",),
    delay_seconds=lambda: conf.START_TRAINING_DELAY_SECONDS,
)
def start_training(launch: Activity) -> Body:
    """For the device that the app was opened on."""
    return {
        "device_id": launch.data["device_id"],
        "message": "You have not started training yet. Your daily training dose is waiting for you!",
    }

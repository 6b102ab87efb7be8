"""When notifications are due, and how they are delivered."""

from __future__ import annotations

from events.settings.kinds import integer, seconds, url
from events.settings.setting import AppSettings, Setting


class NotificationsSettings(AppSettings):
    group = "Notifications"

    NOTIFY_URL = Setting(
        url("http", "https", example="https://host/v1/notify"),
        None,
        "address that notifications are posted to",
        default_in_words="the stub under `manage.py up`; else notifications wait",
    )
    NOTIFY_SETTLE_SECONDS = Setting(
        seconds(0),
        5.0,
        "seconds a notification that is due on arrival waits for events that were sent in another order",
    )
    NOTIFY_BACKLOG_SECONDS = Setting(
        seconds(0),
        60.0,
        "seconds a due push waits for events that were accepted before it was due and are not processed",
    )
    NOTIFY_MAX_ATTEMPTS = Setting(integer(1), 8, "times a notification is posted before it has failed")
    NOTIFY_TIMEOUT_SECONDS = Setting(
        seconds(0.1),
        10.0,
        "seconds that one call to the notification service may take, to the last byte of the response",
    )
    START_TRAINING_DELAY_SECONDS = Setting(
        seconds(0), 600.0, "seconds a user has, after opening the app, to start training"
    )
    CONGRATULATION_AFTER_SECONDS = Setting(
        seconds(0), 1800.0, "seconds of training that are not yet worth a congratulation; more are"
    )
    KEEP_NOTIFICATIONS_DAYS = Setting(
        integer(1), 90, "days for which a notification is kept after it was sent, failed or was cancelled"
    )


conf = NotificationsSettings()

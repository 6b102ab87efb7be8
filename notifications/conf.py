"""The settings of the notifications app, typed, in one place. Values come from `config.settings`."""

from __future__ import annotations

from events.conf import AppSettings


class NotificationsSettings(AppSettings):
    """When notifications are due, and how they are delivered."""

    #: Where notifications are posted to. None: they wait.
    NOTIFY_URL: str | None = None
    #: Seconds a push waits, after what triggers it arrived, for events that were sent in another order.
    NOTIFY_SETTLE_SECONDS: float = 5.0
    #: Seconds a due push waits for events that were accepted before it was due and are not processed.
    NOTIFY_BACKLOG_SECONDS: float = 60.0
    #: Times a notification is posted before it has failed.
    NOTIFY_MAX_ATTEMPTS: int = 8
    #: Seconds the notification service has for an answer.
    NOTIFY_TIMEOUT_SECONDS: float = 10.0
    #: Seconds a user has, after opening the app, to start training.
    START_TRAINING_DELAY_SECONDS: float = 600.0
    #: Seconds of training that are not yet worth a congratulation; more are.
    CONGRATULATION_AFTER_SECONDS: float = 1800.0


conf = NotificationsSettings()

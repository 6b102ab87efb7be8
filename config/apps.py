"""The Django app around the others."""

import gc

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes our Celery application the one that `@shared_task` binds to, and ends what belongs to starting.

    It is the last app, so everything is loaded.
    """

    name = "config"

    def ready(self) -> None:
        from config import celery, viewers  # noqa: F401

        viewers.keep_viewers()
        # What is loaded stays: no collection need look at it again. config.settings has paused them.
        gc.freeze()
        gc.enable()

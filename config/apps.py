"""The Django app around the others."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes our Celery application the one that `@shared_task` binds to, in every process."""

    name = "config"

    def ready(self) -> None:
        """Import the Celery application for its side effect."""
        from config import celery  # noqa: F401

"""The app of API keys."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Keys and what they open."""

    name = "events.access"
    verbose_name = "access"

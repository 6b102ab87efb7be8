"""The watch-time app: how long who watched what."""

from django.apps import AppConfig


class WatchTimeConfig(AppConfig):
    """Totals of watch time, as a projection of heartbeats."""

    name = "watchtime"
    verbose_name = "watch time"

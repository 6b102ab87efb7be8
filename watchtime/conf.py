"""The settings of the watch-time app, typed, in one place. Values come from `config.settings`."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings


class WatchTimeSettings:
    """Each name is read from Django's settings at every access; what is written here is the default."""

    #: How heartbeats are counted: "progress" or "sum"; see watchtime.policies.
    WATCHTIME_POLICY: str = "progress"
    #: Seconds; a longer step forward is a seek and adds nothing. None: every step adds.
    WATCHTIME_MAX_STEP: int | None = None

    def __getattribute__(self, name: str) -> Any:
        default = object.__getattribute__(self, name)
        return getattr(django_settings, name, default)


conf = WatchTimeSettings()

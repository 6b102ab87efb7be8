"""The settings of the watch-time app, typed, in one place. Values come from `config.settings`."""

from __future__ import annotations

from events.conf import AppSettings


class WatchTimeSettings(AppSettings):
    """How watch time is counted."""

    #: How heartbeats are counted: "progress" or "sum"; see watchtime.policies.
    WATCHTIME_POLICY: str = "progress"
    #: Seconds; a longer step forward is a seek and adds nothing. None: every step adds.
    WATCHTIME_MAX_STEP: int | None = None


conf = WatchTimeSettings()

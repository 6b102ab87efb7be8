"""How watch time is counted."""

from __future__ import annotations

from events.settings.kinds import integer, one_of
from events.settings.setting import AppSettings, Setting


class WatchTimeSettings(AppSettings):
    group = "Watch time"

    WATCHTIME_POLICY = Setting(
        one_of("progress", "sum"),
        "progress",
        "`progress` adds how far each heartbeat moved forward; `sum` adds every `at` as it is",
    )
    WATCHTIME_MAX_STEP = Setting(
        integer(1), None, "seconds; a longer step forward is a seek and adds nothing", default_in_words="no limit"
    )


conf = WatchTimeSettings()

"""The settings of access."""

from __future__ import annotations

from events.settings.kinds import SWITCH, words
from events.settings.setting import AppSettings, Setting


class Access(AppSettings):
    group = "Access"

    REQUIRE_API_KEY = Setting(
        SWITCH,
        default=False,
        meaning="`on`: routes that take events in or show what is stored need an API key (docs/security.md)",
    )
    OPEN_ROUTES = Setting(
        words("a list of names of routes"),
        [],
        "routes that need no API key all the same, for old clients that can send none",
    )


conf = Access()

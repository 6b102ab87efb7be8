"""The settings of access."""

from __future__ import annotations

from events.access.rates import read_rate
from events.settings.kinds import SWITCH, Kind, integer, words
from events.settings.setting import AppSettings, Setting


class Access(AppSettings):
    group = "Access"

    REQUIRE_API_KEY = Setting(
        SWITCH,
        None,
        "`on`: routes that take events in or show what is stored need an API key (docs/security.md)",
        default_in_words="`on` where `DATABASE_URL` is set, else `off`",
    )
    OPEN_ROUTES = Setting(
        words("a list of names of routes"),
        [],
        "routes that need no API key all the same, for old clients that can send none",
    )
    LIMIT_BY_ADDRESS = Setting(
        Kind("a number of events by s, m, h or d, such as 1000/s", read_rate),
        None,
        "events that may be sent without a key from one address, an IPv6 network of 64 bits counting as one",
    )
    TRUSTED_PROXIES = Setting(
        integer(0, 16),
        0,
        "proxies between the clients and the web server, each of which adds its caller to `X-Forwarded-For`",
    )


conf = Access()

"""System checks of `manage.py check --deploy`, beside Django's: is a door open by mistake?"""

import os
from typing import Any

from django.conf import settings
from django.core import checks

from events.access.conf import conf

#: What the lists of browsers ask for.
PRELOAD_SECONDS = 365 * 24 * 3600


@checks.register(checks.Tags.security, deploy=True)
def check_hosts(**_: Any) -> list[checks.CheckMessage]:
    """A star lets anybody have pages and links of ours under a name of his."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [checks.Warning("ALLOWED_HOSTS allows every host (*); name those that clients use.", id="config.W001")]


@checks.register(checks.Tags.security, deploy=True)
def check_keys(**_: Any) -> list[checks.CheckMessage]:
    """Whoever wants to do without keys has to say so."""
    if conf.REQUIRE_API_KEY or os.environ.get("REQUIRE_API_KEY", "").strip():
        return []
    return [
        checks.Warning(
            "REQUIRE_API_KEY is not set, so anybody may send and read; set it to on, or to off if that is meant.",
            id="config.W002",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def check_preload(**_: Any) -> list[checks.CheckMessage]:
    """Browsers' lists refuse a host that asks to be on them for a part of its domain, or for a while."""
    if not settings.SECURE_HSTS_PRELOAD:
        return []
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS and settings.SECURE_HSTS_SECONDS >= PRELOAD_SECONDS:
        return []
    return [
        checks.Warning(
            f"HSTS_PRELOAD has no effect without HTTPS, HSTS_SUBDOMAINS, and HSTS_SECONDS of {PRELOAD_SECONDS}.",
            id="config.W003",
        )
    ]

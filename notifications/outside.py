"""The service that notifications are posted to."""

from __future__ import annotations

from events.outside_services import add_outside_service
from notifications.conf import conf

add_outside_service("NOTIFY_URL", is_set=lambda: bool(conf.NOTIFY_URL), meanwhile="notifications that are due wait")

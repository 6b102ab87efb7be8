"""`manage.py list_api_keys`: the keys that were made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from events.access.models import ApiKey
from events.clock import utc_now

HEADINGS = ("prefix", "name", "scopes", "limit", "origins", "created", "expires", "last used", "state")


class Command(BaseCommand):
    """One line each, the oldest first."""

    help = "List the API keys: how they begin, whose they are, what they are good for, and when each was last used."

    def handle(self, *args: Any, **options: Any) -> None:
        now = utc_now()
        rows = [HEADINGS, *(_row(key, now=now) for key in ApiKey.objects.order_by("id"))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _row(key: ApiKey, *, now: datetime) -> tuple[str, ...]:
    return (
        key.prefix,
        key.name,
        ",".join(key.scopes),
        key.limit or "-",
        ",".join(key.origins) or "-",
        *map(_minute, (key.created_at, key.expires_at, key.last_used_at)),
        key.state(now=now),
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"

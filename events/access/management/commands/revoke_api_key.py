"""`manage.py revoke_api_key`: has a key refused from now on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.access.issuing import revoke
from events.access.keys import prefix_of
from events.access.models import ApiKey
from events.access.principals import VALID_SECONDS
from events.clock import utc_now


class Command(BaseCommand):
    """Every process has forgotten the key a few seconds later."""

    help = "Revoke an API key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="how the key begins, as list_api_keys shows it; a whole key will do")

    def handle(self, *args: Any, **options: Any) -> None:
        prefix = prefix_of(options["prefix"])
        # Uses api_keys_prefix.
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            raise CommandError(f"No key begins with {prefix!r}; `manage.py list_api_keys` shows all.")
        if not revoke(key, now=utc_now()):
            raise CommandError(f"{key} was revoked at {key.revoked_at:%Y-%m-%d %H:%M} UTC already.")
        self.stdout.write(f"{key} is revoked: within {VALID_SECONDS:g} seconds it is refused everywhere.")

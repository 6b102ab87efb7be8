"""`manage.py create_api_key`: a key for a client."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.access.issuing import issue
from events.access.models import ApiKey
from events.access.scopes import Scope
from events.clock import utc_now

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    """Prints the key on standard output, alone, and everything else on standard error."""

    help = "Make an API key. It is printed once, and is kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", help="whose it is; keys of one name are of one owner, so a client can replace its key"
        )
        parser.add_argument(
            "--scope", action="append", required=True, choices=list(Scope), help="what it is good for; may be repeated"
        )
        parser.add_argument("--expires", type=_duration, metavar="90d", help="days (d), hours (h) or minutes (m)")
        parser.add_argument("--limit", default="", metavar="1000/s", help="events it may send by s, m, h or d")
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            metavar="https://shop.example.org",
            help="makes it public: pages of this origin may use it, to send events only; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = utc_now()
        expires = options["expires"]
        key = ApiKey(
            name=options["name"],
            scopes=[scope.value for scope in Scope if scope in options["scope"]],
            expires_at=now + expires if expires else None,
            limit=options["limit"],
            origins=options["origin"],
        )
        try:
            text = issue(key, now=now)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        until = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
        self.stderr.write(f"A key of {key.name} for {', '.join(key.scopes)}, valid {until}.")
        self.stderr.write("Keep it now, it is not shown again:")
        self.stdout.write(text)


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no time; write 90d, 12h or 30m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})

"""`manage.py recompute_watch_time`: totals from the stored events."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from events.clock import utc_now
from watchtime.recompute import differences, mend


class Command(BaseCommand):
    """Compares every total with the stored events; mends what differs, or only says so."""

    help = "Compute all watch-time totals from the stored events, and mend those that differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="mend nothing; exit 1 if a total differs")

    def handle(self, *args: Any, **options: Any) -> None:
        with Console(stderr=True).status("reading the stored events"):
            found = differences()
        for difference in found:
            self.stdout.write(str(difference))
        if not found:
            self.stdout.write("All totals agree with the stored events.")
        elif options["check"]:
            self.stdout.write(f"{len(found)} totals differ; run this command without --check to mend them.")
            sys.exit(1)
        else:
            mend(found, now=utc_now())
            self.stdout.write(f"{len(found)} totals mended.")

"""`manage.py prune`: delete what is older than it should become, now."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from events.clock import utc_now
from events.database import execute
from events.retention.pruning import delete_old, horizon
from events.retention.registry import prunings

UNITS = {"d": "days", "h": "hours"}


class Command(BaseCommand):
    """Does at once what beat does in small steps; may be stopped and started again."""

    help = "Delete what is older than the settings say, or older than an age."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", metavar="AGE", help="such as 90d or 12h; lowers the ages of the settings")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        older_than = _age(options["older_than"]) if options["older_than"] else None
        now = utc_now()
        execute("SET statement_timeout = 0")  # what beat never does: count all that is old
        old = [
            (pruning, before, pruning.count(before=before))
            for pruning in prunings()
            if (before := horizon(pruning, now=now, older_than=older_than)) is not None
        ]
        if options["dry_run"]:
            for pruning, _, count in old:
                self.stdout.write(f"{pruning.table}: {count} rows would be deleted.")
            return
        with Progress(transient=True, console=Console(stderr=True)) as progress:
            bar = progress.add_task("pruning", total=sum(count for *_, count in old))
            for pruning, before, _ in old:
                deleted = 0
                progress.update(bar, description=pruning.table)
                for rows in delete_old(pruning, before=before):
                    deleted += rows
                    progress.advance(bar, rows)
                self.stdout.write(f"{pruning.table}: {deleted} rows deleted.")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,5})([dh])", text)
    if found is None:
        raise CommandError(f"--older-than is {text!r}; it may be a number of days or hours, such as 90d or 12h.")
    return timedelta(**{UNITS[found[2]]: int(found[1])})

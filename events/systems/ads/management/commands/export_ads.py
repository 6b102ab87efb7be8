"""`manage.py export_ads`: the stored ad events as two CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.systems.ads.export import export_files


class Command(BaseCommand):
    """Writes serving_events.csv and user_events.csv, each complete or not at all."""

    help = "Write the stored ad events to serving_events.csv and user_events.csv, in the order received."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where; made if there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            paths = export_files(options["out"])
        except OSError as error:
            raise CommandError(f"The files can't be written: {error}.") from None
        for path in paths:
            self.stdout.write(f"wrote {path}")

"""`manage.py restore DIR`: a backup becomes the data of a data directory that has none."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.local.embedded.backup import restore


class Command(BaseCommand):
    help = "Put a folder made by `manage.py backup` into the data directory, which must have no data (docs/backup.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="DIR", help="a backup")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.EMBEDDED_DATABASE:
            raise CommandError("DATABASE_URL names a server of your own: docs/backup.md says how that is restored.")
        restore(options["source"].absolute(), settings.DATA_DIRECTORY)
        self.stdout.write(f"Restored into {settings.DATA_DIRECTORY.path}; `manage.py up` starts from it.")

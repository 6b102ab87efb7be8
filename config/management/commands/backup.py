"""`manage.py backup DIR`: a copy of the embedded PostgreSQL's data, taken while it works."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.local.embedded.backup import back_up


class Command(BaseCommand):
    help = "Copy the embedded PostgreSQL's data into a new folder while everything goes on working (docs/backup.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path, metavar="DIR", help="a folder that does not exist yet")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.EMBEDDED_DATABASE:
            raise CommandError("DATABASE_URL names a server of your own: docs/backup.md says how that is backed up.")
        target: Path = options["target"].absolute()
        back_up(settings.DATA_DIRECTORY, target)
        self.stdout.write(f"Backed up: {target}")

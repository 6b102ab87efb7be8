"""`manage.py import_players FILE.csv`: the casino's players."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.clock import utc_now
from events.exceptions import InvalidField
from events.systems.casino.players import COLUMNS, import_players


class Command(BaseCommand):
    """Reads a file into the table, as a whole or not at all."""

    help = f"Add the players of a CSV file, with the columns {', '.join(COLUMNS)}; overwrite those that are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            count = import_players(file, now=utc_now())
        except InvalidField as error:
            raise CommandError(f"{file}: {error.message} Nothing was imported.") from None
        except csv.Error as error:
            raise CommandError(f"{file} is no CSV file: {error}. Nothing was imported.") from None
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from None
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not UTF-8 (byte {error.start}). Nothing was imported.") from None
        self.stdout.write(f"{count} players are in the table as the file has them.")

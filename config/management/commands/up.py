"""`manage.py up`, for those who come to it through Django (`call_command`, `manage.py help up`)."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.local.up.command import add_arguments, run


class Command(BaseCommand):
    help = "Run the whole product on this machine: servers, web, workers, beat and stub services. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        raise SystemExit(run(argparse.Namespace(**options)))

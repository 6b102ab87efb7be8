"""`manage.py stubs`: the stub services alone, for whoever wants to try the product without the real ones."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.local.stubs.addresses import addresses
from config.local.stubs.server import serve

#: A port that a person finds again; `up` takes any that is free.
PORT = 8001


class Command(BaseCommand):
    help = "Serve stand-ins for the outside services, and print the variables that name them. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")

    def handle(self, *_args: Any, **options: Any) -> None:
        for name, url in addresses(options["host"], options["port"]).items():
            self.stdout.write(f"export {name}='{url}'")
        self.stdout.flush()
        serve(options["host"], options["port"])

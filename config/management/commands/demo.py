"""`manage.py demo URL`: show every system at work on a running Tidemark."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import requests
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import module_has_submodule
from rich.console import Console

from events.demonstration.api import Api


class Command(BaseCommand):
    """Runs the package `demo` of every installed app that has one."""

    help = "Send a little real input of every system to a running Tidemark, and print what came out."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("base_url", metavar="URL", help="for example http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        # `up` ends the demonstration with SIGTERM: as after Ctrl-C, what draws on the terminal has to leave it tidy.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        api = Api(options["base_url"])
        console = Console(highlight=False)
        failed = False
        for demo in _demos():
            console.rule(f"[bold]{demo.TITLE}")
            try:
                demo.run(api, console)
            except requests.RequestException as error:
                console.print(f"[red]{demo.TITLE} failed:[/red] {error}", soft_wrap=True)
                failed = True
        if failed:
            console.print("Not everything could be shown, see above. Tidemark keeps running; Ctrl-C stops it.")
            sys.exit(1)
        console.print("Demonstration done. Tidemark keeps running; Ctrl-C stops it.")


def _demos() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "demo"):
            yield importlib.import_module(f"{app.name}.demo")

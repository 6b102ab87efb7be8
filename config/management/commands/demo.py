"""`manage.py demo URL`: show every system at work on a running Tidemark."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import requests
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import module_has_submodule
from rich.console import Console

from events.access.conf import conf
from events.access.issuing import issue, revoke
from events.access.models import ApiKey
from events.access.scopes import Scope
from events.clock import utc_now
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
        console = Console(highlight=False)
        with _key_if_needed() as key:
            failed = _show_all(Api(options["base_url"], key=key), console)
        if failed:
            console.print("Not everything could be shown, see above. Tidemark keeps running; Ctrl-C stops it.")
            sys.exit(1)
        console.print("Demonstration done. Tidemark keeps running; Ctrl-C stops it.")


@contextmanager
def _key_if_needed() -> Iterator[str | None]:
    """A key of its own for the demonstration, where keys are required."""
    if not conf.REQUIRE_API_KEY:
        yield None
        return
    key = ApiKey(name="demo", scopes=[Scope.INGEST.value, Scope.READ.value])
    try:
        yield issue(key, now=utc_now())
    finally:
        revoke(key, now=utc_now())


def _show_all(api: Api, console: Console) -> bool:
    """Runs each; whether one of them failed."""
    failed = False
    for demo in _demos():
        console.rule(f"[bold]{demo.TITLE}")
        try:
            demo.run(api, console)
        except requests.RequestException as error:
            console.print(f"[red]{demo.TITLE} failed:[/red] {error}", soft_wrap=True)
            failed = True
    return failed


def _demos() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "demo"):
            yield importlib.import_module(f"{app.name}.demo")

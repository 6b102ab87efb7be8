"""`manage.py generate SYSTEM`: random but sensible input for a running Tidemark."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from random import Random
from typing import Any

import msgspec
import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from config.local.conf import conf
from config.local.sending import Sent, send
from events.generators import Event, Generator, generators


class Command(BaseCommand):
    """Posts random events at a rate for some time, with a progress bar."""

    help = "Post random but sensible events to a running Tidemark."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        generators.load()
        systems = parser.add_subparsers(dest="system", required=True, metavar="|".join(generators.keys()))
        for name in generators.keys():  # noqa: SIM118 (a registry iterates over its items)
            self._add_options(systems.add_parser(name, help=f"input of {name}"), generators.get(name))

    def _add_options(self, parser: CommandParser, generator: Generator) -> None:
        parser.add_argument("--seconds", type=float, default=5, help="how long (default: %(default)s)")
        parser.add_argument("--rate", type=int, default=100, help="events a second (default: %(default)s)")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where (default: %(default)s)")
        parser.add_argument("--seed", type=int, help="the same seed makes the same events")
        parser.add_argument("--print", action="store_true", help="also print each event, one JSON object a line")
        for option, choices in generator.options.items():
            parser.add_argument(f"--{option}", choices=choices, default=choices[0], help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        seconds, rate, url = options["seconds"], options["rate"], options["url"]
        if seconds <= 0 or rate < 1:
            raise CommandError("--seconds must be more than 0 and --rate at least 1.")
        generator = generators.get(options["system"])
        random = Random(options["seed"])  # noqa: S311 (input for a try, no secret)
        events = generator.events(random, **{option: options[option] for option in generator.options})
        if options["print"]:
            events = self._printed(events)
        # Standard output is for the events; the bar goes beside it.
        with Progress(transient=True, console=Console(stderr=True)) as progress:
            bar = progress.add_task(f"generating {generator.name}", total=round(seconds * rate))

            def advance(sent: Sent) -> None:
                progress.update(bar, completed=sent.accepted + sent.rejected)

            try:
                sent = send(
                    generator,
                    events,
                    url=url,
                    seconds=seconds,
                    rate=rate,
                    api_key=conf.TIDEMARK_API_KEY,
                    on_progress=advance,
                )
            except requests.HTTPError as error:
                if error.response.status_code not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                    raise CommandError(f"{url} did not take the events: {error}.") from None
                message = f"{url} needs an API key; set TIDEMARK_API_KEY to one that has the scope ingest."
                raise CommandError(message) from None
            except requests.RequestException as error:
                raise CommandError(f"{url} did not take the events: {error}. Is `manage.py up` running?") from None
        self.stderr.write(f"{sent.accepted} events accepted, {sent.rejected} rejected.")

    def _printed(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            self.stdout.write(msgspec.json.encode(event).decode())
            yield event

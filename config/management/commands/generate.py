"""`manage.py generate SYSTEM`: random but sensible input for a running Tidemark."""

from __future__ import annotations

from random import Random
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress

from config.generators.base import generators
from config.generators.sending import Sent, send


class Command(BaseCommand):
    """Posts random events at a rate for some time, with a progress bar."""

    help = "Post random but sensible events to a running Tidemark."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        generators.load()
        parser.add_argument("system", choices=generators.keys())
        parser.add_argument("--seconds", type=float, default=10, help="how long (default: %(default)s)")
        parser.add_argument("--rate", type=int, default=100, help="events a second (default: %(default)s)")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where (default: %(default)s)")
        parser.add_argument("--seed", type=int, help="the same seed makes the same events")

    def handle(self, *args: Any, **options: Any) -> None:
        seconds, rate, url = options["seconds"], options["rate"], options["url"]
        if seconds <= 0 or rate < 1:
            raise CommandError("--seconds must be more than 0 and --rate at least 1.")
        with Progress(transient=True) as progress:
            bar = progress.add_task(f"generating {options['system']}", total=round(seconds * rate))

            def advance(sent: Sent) -> None:
                progress.update(bar, completed=sent.accepted + sent.rejected)

            try:
                sent = send(
                    generators.get(options["system"]),
                    url=url,
                    seconds=seconds,
                    rate=rate,
                    random=Random(options["seed"]),  # noqa: S311 (input for a try, no secret)
                    on_progress=advance,
                )
            except requests.RequestException as error:
                raise CommandError(f"{url} did not take the events: {error}. Is `manage.py up` running?") from None
        self.stdout.write(f"{sent.accepted} events accepted, {sent.rejected} rejected.")

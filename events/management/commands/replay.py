"""`manage.py replay`: failed or unsupported events through the pipeline again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress

from events.clock import utc_now
from events.intake.replay import failed_events, replay_failed, replay_unsupported, supported_by_now


class Command(BaseCommand):
    """Replays what an operator has found and mended the reason of."""

    help = "Send failed events, or events whose type was unknown, through the pipeline again."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--failed", action="store_true", help="failed events and rejected items")
        which.add_argument("--unsupported", action="store_true", help="events whose type exists by now")
        parser.add_argument("--type", help="failed events of this type only")
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["unsupported"] and options["type"]:
            raise CommandError("--type goes with --failed; --unsupported takes every type that exists by now.")
        found = failed_events(options["type"]) if options["failed"] else supported_by_now()
        count = found.count()
        if options["dry_run"]:
            self.stdout.write(f"{count} events would be replayed.")
            return
        now = utc_now()
        replayed = (
            replay_failed(failed_events(options["type"]), now=now) if options["failed"] else replay_unsupported(now=now)
        )
        done, refused = self._run(replayed, count)
        self.stdout.write(f"{done} events go through the pipeline again; {refused} are still not valid.")

    def _run(self, replayed: Iterator[tuple[int, int]], count: int) -> tuple[int, int]:
        done = refused = 0
        with Progress(transient=True) as progress:
            bar = progress.add_task("replaying", total=count)
            for went_on, rejected in replayed:
                done, refused = done + went_on, refused + rejected
                progress.advance(bar, went_on + rejected)
        return done, refused

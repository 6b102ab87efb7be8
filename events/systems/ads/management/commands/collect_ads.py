"""`manage.py collect_ads --output DIR`: the two ad files, kept current while events come in."""

from __future__ import annotations

import logging
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection

from events.clock import utc_now
from events.systems.ads.collecting import collect, forget, opened
from events.systems.ads.exceptions import AdFileError

logger = logging.getLogger(__name__)

#: Seconds between two looks for new events, and after which PostgreSQL is asked again when it was away.
PAUSE_SECONDS = 0.25
AWAY_SECONDS = 1.0


class Command(BaseCommand):
    """Appends each stored ad event to one of the files until it is stopped with Ctrl-C or SIGTERM."""

    help = "Keep serving_events.csv and user_events.csv in a directory current while ad events come in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where; made if there is none")
        parser.add_argument("--once", action="store_true", help="end as soon as the files are current")
        parser.add_argument("--forget", action="store_true", help="stop collecting DIR for good; the files stay")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["output"]
        try:
            with _stopped_by_signals() as stopped, opened(directory, now=utc_now()) as directory_id:
                if options["forget"]:
                    forget(directory_id)
                    self.stdout.write(f"{directory} is not collected any more.")
                    return
                self._keep_current(directory_id, directory, stopped, once=options["once"])
        except AdFileError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The files can't be written: {error}.") from None

    def _keep_current(self, directory_id: uuid.UUID, directory: Path, stopped: threading.Event, *, once: bool) -> None:
        while not stopped.is_set():
            try:
                written = collect(directory_id, directory)
            except (OperationalError, InterfaceError) as error:
                logger.warning("PostgreSQL is away; the ad files wait.", extra={"error": str(error)})
                connection.close()
                stopped.wait(AWAY_SECONDS)
                continue
            if not written:
                if once:
                    return
                stopped.wait(PAUSE_SECONDS)


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: what is being written is finished before the command ends."""
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

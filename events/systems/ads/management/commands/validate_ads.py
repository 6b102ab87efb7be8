"""`manage.py validate_ads`: which user events follow from a serving event, as a CSV file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from events.systems.ads.columns import VALIDATED_FILE
from events.systems.ads.exceptions import AdFileError, ValidatorStarved
from events.systems.ads.stored import validate_stored
from events.systems.ads.validator import REASONS, OnProgress, Outcome, validate_files

#: Line numbers that are written out.
MOST_LINES_NAMED = 20


class Command(BaseCommand):
    """Validates two files, or what is stored, and says why the other user events were dropped."""

    help = "Write the user events that follow from a serving event, one per parentEventId and eventType."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serving", type=Path, metavar="FILE", help="serving events; without it, the stored ones")
        parser.add_argument("--user", type=Path, metavar="FILE", help="user events; without it, the stored ones")
        parser.add_argument(
            "--out", type=Path, default=Path(VALIDATED_FILE), metavar="FILE", help="default: %(default)s"
        )
        parser.add_argument("--rejected", type=Path, metavar="FILE", help="where to write the others, with the reasons")

    def handle(self, *args: Any, **options: Any) -> None:
        serving, user = options["serving"], options["user"]
        if (serving is None) != (user is None):
            raise CommandError("Name both files, --serving and --user, or neither, to validate what is stored.")
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with _ended_by_sigterm(), Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("validating", total=1.0)

            def on_progress(what: str, done: float) -> None:
                progress.update(bar, description=what, completed=done)

            outcome = self._validate(serving, user, options["out"], options["rejected"], on_progress)
        self._report(outcome, options["out"])

    def _validate(
        self, serving: Path | None, user: Path | None, out: Path, rejected: Path | None, on_progress: OnProgress
    ) -> Outcome:
        try:
            if serving is None or user is None:
                return validate_stored(out=out, rejected=rejected, on_progress=on_progress)
            return validate_files(serving=serving, user=user, out=out, rejected=rejected, on_progress=on_progress)
        except (AdFileError, ValidatorStarved) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted; nothing was written.", returncode=130) from None

    def _report(self, outcome: Outcome, out: Path) -> None:
        dropped = sum(outcome.dropped.values())
        self.stdout.write(f"{outcome.valid} of {outcome.valid + dropped} user events are valid: {out}")
        if dropped:
            self.stdout.write(f"{dropped} were dropped:")
        for reason, count in outcome.dropped.items():
            self.stdout.write(f"  {count:>9}  {reason}: {REASONS[reason]}")
        for path, lines in outcome.unreadable.items():
            named = ", ".join(str(line) for line in lines[:MOST_LINES_NAMED])
            more = f" and {len(lines) - MOST_LINES_NAMED} more" if len(lines) > MOST_LINES_NAMED else ""
            self.stdout.write(f"{path}: {len(lines)} unreadable, skipped: line {named}{more}")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Within it SIGTERM ends the program as Ctrl-C does: temporary files are removed on the way out."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

"""The validator on what is stored: by way of the exported files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from events.systems.ads.columns import SERVING_FILE, USER_FILE, VALIDATED_FILE
from events.systems.ads.export import export_files
from events.systems.ads.validator import OnProgress, Outcome, no_progress, validate_files


def validate_stored(*, out: Path, rejected: Path | None = None, on_progress: OnProgress = no_progress) -> Outcome:
    """Validates the stored ad events; like `validate_files`, and raises what it raises."""
    with tempfile.TemporaryDirectory(prefix="tidemark-ads-") as name:
        directory = Path(name)
        on_progress("exporting", 0.0)
        export_files(directory)
        return validate_files(
            serving=directory / SERVING_FILE,
            user=directory / USER_FILE,
            out=out,
            rejected=rejected,
            on_progress=on_progress,
        )


def open_validated() -> BinaryIO:
    """The validated stored events as a file that has no name any more: it is gone as soon as it is closed."""
    with tempfile.TemporaryDirectory(prefix="tidemark-ads-") as name:
        out = Path(name) / VALIDATED_FILE
        validate_stored(out=out)
        return out.open("rb")

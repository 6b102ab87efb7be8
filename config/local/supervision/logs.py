"""Files that programs log to."""

from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024


def start_new(log: Path) -> None:
    """Keep a log from growing for ever: one old generation is kept."""
    if log.exists() and log.stat().st_size > MAX_BYTES:
        log.replace(log.with_suffix(".log.1"))


def last_line(log: Path | None, containing: str = "") -> str:
    """The last line that contains a text, or else the last one, for a message of one line."""
    lines = log.read_text(errors="replace").splitlines() if log and log.exists() else []
    return next((line for line in reversed(lines) if containing in line), lines[-1] if lines else f"see {log}")

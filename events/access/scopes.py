"""What a key may be good for."""

from __future__ import annotations

import enum


class Scope(enum.StrEnum):
    """One does not include another; a key has one or several."""

    INGEST = "ingest"
    """Send events."""
    READ = "read"
    """See what is stored."""
    MANAGE = "manage"
    """Undo what others sent."""

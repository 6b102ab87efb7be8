"""What can be wrong with ad files; a message says what to do about it."""

from __future__ import annotations

from events.exceptions import TidemarkError


class AdFileError(TidemarkError):
    """An ad file can't be read or written."""


class ValidatorStarved(TidemarkError):
    """The validator ran out of memory or of room for its temporary files; give it more."""

"""What columns with a fixed set of values have in common."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models


def choices(values: Iterable[str]) -> list[tuple[str, str]]:
    """The members of an enumeration as plain texts, so that migrations do not depend on it."""
    return [(str(value), value.capitalize()) for value in values]


def is_one_of(column: str, values: Iterable[str]) -> models.Q:
    """Whether the column has one of these values."""
    return models.Q((f"{column}__in", [str(value) for value in values]))

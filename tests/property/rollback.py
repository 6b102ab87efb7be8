"""Every example starts with empty tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Undoes what the example did to the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

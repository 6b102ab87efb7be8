"""How a program ends when its surroundings are at fault, and not its code: with a line that says what to do."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config.local.exceptions import CannotStartError

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""
UNDEFINED_TABLE = "42P01"


@contextmanager
def one_line_endings() -> Iterator[None]:
    """Ends the program with one line after such an error, and without any after Ctrl-C.

    `--traceback` on the command line shows all of it, as it does with Django's own errors.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        line = _line_about(error)
        if line is None or "--traceback" in sys.argv:
            raise
        sys.exit(line)


def _line_about(error: Exception) -> str | None:
    # Imported late: a program that ends well need not load Django for this.
    from django.core.exceptions import ImproperlyConfigured

    from config.postgresql.unreachable import DatabaseUnreachable

    if isinstance(error, (CannotStartError, ImproperlyConfigured, DatabaseUnreachable)):
        return str(error)
    # Django's exceptions have psycopg2's as their cause; cursors of our own raise psycopg2's themselves.
    if UNDEFINED_TABLE in (getattr(error, "pgcode", None), getattr(error.__cause__, "pgcode", None)):
        return f"The tables are not there yet ({str(error).splitlines()[0]}): run `manage.py migrate` first."
    return None

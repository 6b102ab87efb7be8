"""How log records become lines: JSON for machines, text for people who watch `manage.py up`."""

import logging
from collections.abc import Callable

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

_FIELDS = {"asctime": "timestamp", "levelname": "level", "name": "logger"}
_RESERVED = frozenset(RESERVED_ATTRS) | {"message", "asctime"}


def json_lines() -> logging.Formatter:
    """One JSON object a record: timestamp, level, logger, message, the extras, and the traceback if any."""
    return JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=_FIELDS, datefmt="%Y-%m-%dT%H:%M:%S%z"
    )


def text_lines() -> logging.Formatter:
    """The sentence, then the extras."""
    return _TextFormatter("%(levelname)s %(name)s: %(message)s")


def outages_in_short() -> Callable[[logging.LogRecord], bool]:
    """A filter that takes the traceback from records of a database that is away: their message says everything."""
    from config.postgresql.unreachable import DatabaseUnreachable  # settings are read before Django can be imported

    def shorten(record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], DatabaseUnreachable):
            record.exc_info = None
            record.__dict__.pop("data", None)  # Celery's copy of all it knows about the task
        return True

    return shorten


class _TextFormatter(logging.Formatter):
    """Adds the record's extras to its sentence as key=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        """The line of a record, without its traceback."""
        extras = [f"{key}={value!r}" for key, value in vars(record).items() if key not in _RESERVED]
        return " ".join([super().formatMessage(record), *extras])

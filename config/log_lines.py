"""How log records become lines: JSON for machines, text for people who watch `manage.py up`."""

import logging

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


class _TextFormatter(logging.Formatter):
    """Adds the record's extras to its sentence as key=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        """The line of a record, without its traceback."""
        extras = [f"{key}={value!r}" for key, value in vars(record).items() if key not in _RESERVED]
        return " ".join([super().formatMessage(record), *extras])

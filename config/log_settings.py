"""Django's LOGGING: one line a record to standard error."""

from typing import Any


def log_settings(*, level: str, style: str) -> dict[str, Any]:
    """The settings for records of `level` and above, in the style `json` or `text`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        # Named by path, so that reading the settings does not import them.
        "formatters": {"line": {"()": f"config.log_lines.{style}_lines"}},
        "filters": {"outages": {"()": "config.log_lines.outages_in_short"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outages"]}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            # Django adds handlers of its own to these two.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # A response of 4xx is the client's affair, who has it.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # One line for every task and every tick of beat would drown the rest.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Who logged in is in a table; failures and lock-outs are logged.
            "axes": {"level": "WARNING"},
        },
    }

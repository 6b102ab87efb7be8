"""The Celery application: `celery -A config worker`."""

import logging.config
import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Celery warns root of messages that carry code (pickle); ours carry JSON, and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("tidemark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Keep Celery from setting up its own logging: Django's settings say how this product logs."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def report_what_is_not_set(**_: Any) -> None:
    """Begin a worker's log with the outside services that are not set."""
    from events.outside_services import report_unset_services

    report_unset_services()


@worker_init.connect
def give_signs_of_life(sender: Any, **_: Any) -> None:
    """Let `/readyz` know that the worker lives."""
    from config.signs_of_life import WorkerSignOfLife

    sender.app.steps["worker"].add(WorkerSignOfLife)


@beat_init.connect
def give_signs_of_beat(**_: Any) -> None:
    """Let `/readyz` know that beat does."""
    from config.signs_of_life import give_signs_of_beat

    give_signs_of_beat()


@task_prerun.connect
@task_postrun.connect
def drop_broken_connections(**_: Any) -> None:
    """Keep a database connection from task to task as Django does from request to request, while it works."""
    from django.db import close_old_connections

    close_old_connections()

"""The naive solution's Celery application: `celery -A benchmarks.naive.celery worker`."""

import os

from celery import Celery

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.naive.settings"

app = Celery("naive")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["benchmarks.naive"])

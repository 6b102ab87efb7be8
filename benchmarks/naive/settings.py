"""Settings of the naive solution: the product's servers, tables and queue of its own."""

from config import messaging
from config.settings import DATA_DIRECTORY, DATABASES, DEFAULT_AUTO_FIELD, LOGGING, SECRET_KEY  # noqa: F401

USE_TZ = True
INSTALLED_APPS = ["benchmarks.naive"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "naive"
# A database of the broker that the product's workers do not look into.
CELERY_BROKER_URL = messaging.broker_of(DATA_DIRECTORY.redis_url.replace("db=0", "db=1"))

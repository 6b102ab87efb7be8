"""Django settings: everything that differs between installations comes from the environment (docs/running.md)."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import messaging
from config.embedded.data_directory import DATABASE_NAME, DATABASE_USER, DataDirectory
from config.environment import SWITCH, Environment, dotted_path, integer, one_of, seconds, text, url, words
from config.log_settings import log_settings
from config.secret_key import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
environment = Environment()
read = environment.read

try:
    # --- Servers -----------------------------------------------------------------------------------------------------
    DATA_DIRECTORY = DataDirectory.at(read("TIDEMARK_DATA_DIR", text("a directory"), str(BASE_DIR / ".tidemark")))
    _database_url = read(
        "DATABASE_URL", url("postgres", "postgresql", example="postgres://user:password@host:5432/name"), None
    )
    _redis_url = read("REDIS_URL", url("redis", "rediss", "unix", example="redis://host:6379/0"), None)
    EMBEDDED_DATABASE = _database_url is None
    REDIS_URL = _redis_url or DATA_DIRECTORY.redis_url
    BROKER_URL = read(
        "CELERY_BROKER_URL",
        url("redis", "rediss", "redis+socket", "amqp", "amqps", example="redis://host:6379/0 or amqp://user@host//"),
        messaging.broker_of(REDIS_URL),
    )

    # --- Who gets in -------------------------------------------------------------------------------------------------
    _secret = text("a secret text of 50 characters or more", minimum_length=50)
    SECRET_KEY = (
        read("SECRET_KEY", _secret, None) or kept_secret(DATA_DIRECTORY.path / "secret-key")
        if EMBEDDED_DATABASE
        else environment.require("SECRET_KEY", _secret)
    )
    ALLOWED_HOSTS = [
        *read("ALLOWED_HOSTS", words("a list of host names, separated by commas"), ["host.docker.internal"]),
        # Probes come from the machine or the container itself.
        *("localhost", "127.0.0.1", "[::1]"),
    ]
    HTTPS = read("HTTPS", SWITCH, default=False)
    REQUIRE_API_KEY = read("REQUIRE_API_KEY", SWITCH, default=not EMBEDDED_DATABASE)
    OPEN_ROUTES = read("OPEN_ROUTES", words("a list of route names, separated by commas"), [])
    DEBUG = read("DEBUG", SWITCH, default=False)

    # --- Outside services --------------------------------------------------------------------------------------------
    _http = ("http", "https")
    REGION_URL = read(
        "REGION_URL",
        url(*_http, example="https://host/regions?user_id={user_id}", placeholder="{user_id}"),
        None,
    )
    MODEL_URL = read(
        "MODEL_URL",
        url(*_http, example="https://host/models?device_type={device_type}", placeholder="{device_type}"),
        None,
    )
    EXCHANGE_RATES_URL = read("EXCHANGE_RATES_URL", url(*_http, example="https://host/latest"), None)
    EXCHANGE_RATES_API_KEY = read("EXCHANGE_RATES_API_KEY", text(), None)
    NOTIFY_URL = read("NOTIFY_URL", url(*_http, example="https://host/v1/notify"), None)
    NOTIFY_SETTLE_SECONDS = read("NOTIFY_SETTLE_SECONDS", seconds(0), 5.0)
    NOTIFY_BACKLOG_SECONDS = read("NOTIFY_BACKLOG_SECONDS", seconds(0), 60.0)
    NOTIFY_MAX_ATTEMPTS = read("NOTIFY_MAX_ATTEMPTS", integer(1), 8)
    NOTIFY_TIMEOUT_SECONDS = read("NOTIFY_TIMEOUT_SECONDS", seconds(0.1), 10.0)
    ENRICH_CLIENT = read("ENRICH_CLIENT", dotted_path(), None)
    LOOKUPS_SIDE_BY_SIDE = read("LOOKUPS_SIDE_BY_SIDE", integer(1, 1024), 64)
    LOOKUP_TIMEOUT_SECONDS = read("LOOKUP_TIMEOUT_SECONDS", seconds(0.01), 10.0)
    LOOKUP_ATTEMPTS = read("LOOKUP_ATTEMPTS", integer(1, 100), 4)
    LOOKUP_DEADLINE_SECONDS = read("LOOKUP_DEADLINE_SECONDS", seconds(0.01), 30.0)
    LOOKUP_MAX_ANSWER_BYTES = read("LOOKUP_MAX_ANSWER_BYTES", integer(1), 64 * 1024)
    LOOKUP_HIT_SECONDS = read("LOOKUP_HIT_SECONDS", seconds(0), 3600.0)
    LOOKUP_UNKNOWN_SECONDS = read("LOOKUP_UNKNOWN_SECONDS", seconds(0), 60.0)
    BREAKER_FAILURES = read("BREAKER_FAILURES", integer(1), 20)
    BREAKER_SECONDS = read("BREAKER_SECONDS", seconds(0.1), 10.0)
    ENRICH_DEADLINE_SECONDS = read("ENRICH_DEADLINE_SECONDS", seconds(0.1), 300.0)
    WAIT_LIMIT_SECONDS = read("WAIT_LIMIT_SECONDS", seconds(0.1), 30.0)
    PARTIAL_PAUSE_SECONDS = read("PARTIAL_PAUSE_SECONDS", seconds(0.1), 5.0)
    PARTIAL_LIMIT_SECONDS = read("PARTIAL_LIMIT_SECONDS", seconds(0.1), 60.0)

    # --- Intake and pipeline -----------------------------------------------------------------------------------------
    MAX_BODY_BYTES = read("MAX_BODY_BYTES", integer(1), 10 * 1024 * 1024)
    MAX_EVENTS_PER_REQUEST = read("MAX_EVENTS_PER_REQUEST", integer(1), 10_000)
    MAX_EVENT_BYTES = read("MAX_EVENT_BYTES", integer(1), 64 * 1024)
    MAX_BACKLOG_EVENTS = read("MAX_BACKLOG_EVENTS", integer(1), 5_000_000)
    MAX_WAITING_CLIENTS = read("MAX_WAITING_CLIENTS", integer(1), 1000)
    CHUNK_SIZE = read("CHUNK_SIZE", integer(1, 100_000), 1000)
    LEASE_SECONDS = read("LEASE_SECONDS", seconds(0.5), 6.0)
    SWEEP_GRACE_SECONDS = read("SWEEP_GRACE_SECONDS", seconds(0), 5.0)
    POISON_ATTEMPTS = read("POISON_ATTEMPTS", integer(1), 5)
    EXTRA_EVENT_TYPES = read("EXTRA_EVENT_TYPES", words("a list of Python modules, separated by commas"), [])
    AD_VALIDATOR_MEMORY_MB = read("AD_VALIDATOR_MEMORY_MB", integer(64), 256)
    EVENT_LOG = read("EVENT_LOG", words("on, off, or a list of event types, separated by commas"), ["on"])
    FEED_ENTRIES = read("FEED_ENTRIES", integer(1), 1000)

    # --- Watch time --------------------------------------------------------------------------------------------------
    WATCHTIME_POLICY = read("WATCHTIME_POLICY", one_of("progress", "sum"), "progress")
    WATCHTIME_MAX_STEP = read("WATCHTIME_MAX_STEP", integer(1), None)

    # --- Notifications -----------------------------------------------------------------------------------------------
    START_TRAINING_DELAY_SECONDS = read("START_TRAINING_DELAY_SECONDS", seconds(0), 600.0)
    CONGRATULATION_AFTER_SECONDS = read("CONGRATULATION_AFTER_SECONDS", seconds(0), 1800.0)

    # --- Processes ---------------------------------------------------------------------------------------------------
    WEB_WORKERS = read("WEB_WORKERS", integer(1, 64), 2)
    WORK_CONCURRENCY = read("WORK_CONCURRENCY", integer(1, 256), max(2, os.cpu_count() or 2))
    ENRICH_CONCURRENCY = read("ENRICH_CONCURRENCY", integer(1, 256), 16)
    LOG_LEVEL = read("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
    LOG_STYLE = read("LOG_STYLE", one_of("json", "text"), "json")
except (ImproperlyConfigured, OSError) as error:
    # One line instead of a traceback, whichever program reads the settings.
    sys.exit(str(error))

_POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "application_name": "tidemark",
    # Milliseconds. Statements of requests and steps take far less; a stuck one must not hold its locks.
    "options": "-c statement_timeout=60000 -c lock_timeout=20000 -c idle_in_transaction_session_timeout=60000",
}


def _database() -> dict[str, Any]:
    if _database_url is None:
        address: dict[str, Any] = {"NAME": DATABASE_NAME, "USER": DATABASE_USER, "HOST": str(DATA_DIRECTORY.sockets)}
    else:
        address = dict(environ.Env.db_url_config(_database_url))
    return address | {
        "ENGINE": "config.postgresql",
        # Connections stay open: opening one costs more than most requests.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": address.get("OPTIONS", {}) | _POSTGRES_OPTIONS,
    }


DATABASES = {"default": _database()}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "events.apps.EventsConfig",
    "watchtime.apps.WatchTimeConfig",
    "notifications.apps.NotificationsConfig",
    "config.apps.ConfigConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PageSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.PageAuthenticationMiddleware",
    "config.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = log_settings(level=LOG_LEVEL, style=LOG_STYLE)

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Without a collected folder (an installation from a clone) files are served from where the packages keep them.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
warnings.filterwarnings("ignore", message="No directory at")
WHITENOISE_AUTOREFRESH = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# Behind a proxy that ends TLS, which has to set this header and to remove it from what clients send.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# The intake has limits of its own, which it applies while it reads.
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Cookies must not open the API: it has no CSRF protection.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "events.api.negotiation.AlwaysJson",
    "EXCEPTION_HANDLER": "events.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tidemark",
    "DESCRIPTION": "An event backend that counts once and notifies on time.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "PATH_CONVERTER_OVERRIDES": {"key": str},
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["events.api.openapi.add_components"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # The assets come from a package, so that the page works without the internet.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

globals().update(messaging.celery_settings(BROKER_URL))

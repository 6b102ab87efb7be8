"""Django settings: everything that differs between installations comes from the environment (docs/running.md)."""

import gc
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import messaging
from config.admin_login import login_settings
from config.browsers import browser_settings
from config.conf import Processes, Servers, Web
from config.environment import MissingVariableError, read
from config.local.conf import LocalSettings
from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, DataDirectory
from config.log_settings import log_settings
from config.secret_key import kept_secret
from events import systems
from events.access.conf import Access
from events.conf import Intake
from events.settings.setting import settings_declared_in

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Every setting that a `conf` module declares is here, under its name."""


# Loading makes many objects and hardly any garbage: collections are paused until config.apps ends the start.
gc.disable()

BASE_DIR = Path(__file__).resolve().parent.parent
APPS = ["events", "events.access", *systems.names(), "watchtime", "notifications"]
DECLARED_SETTINGS = settings_declared_in(["config", "config.local", *APPS])

try:
    globals().update({name: read(setting) for name, setting in DECLARED_SETTINGS.items()})

    # These follow from several settings, or from more than their variable.
    DATA_DIRECTORY = DataDirectory(read(LocalSettings.TIDEMARK_DATA_DIR))
    _database_url = read(Servers.DATABASE_URL)
    EMBEDDED_DATABASE = _database_url is None
    _require_api_key = read(Access.REQUIRE_API_KEY)
    REQUIRE_API_KEY = not EMBEDDED_DATABASE if _require_api_key is None else _require_api_key
    REDIS_URL = read(Servers.REDIS_URL) or DATA_DIRECTORY.redis_url
    BROKER_URL = read(Servers.CELERY_BROKER_URL) or messaging.broker_of(REDIS_URL)
    SECRET_KEY = read(Web.SECRET_KEY)
    if SECRET_KEY is None:
        if not EMBEDDED_DATABASE:
            raise MissingVariableError(Web.SECRET_KEY)
        SECRET_KEY = kept_secret(DATA_DIRECTORY.path / "secret-key")
    # Probes come from the machine or the container itself.
    ALLOWED_HOSTS = [*read(Web.ALLOWED_HOSTS), "localhost", "127.0.0.1", "[::1]"]
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
    "config.admin_app.AdminApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *APPS,
    "config",
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.PagePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PageSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.PageAuthenticationMiddleware",
    "config.middleware.PageSecondFactorMiddleware",
    "config.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before those of the apps: one adds an icon to the admin's pages.
        "DIRS": [BASE_DIR / "config" / "templates"],
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
LOGGING = log_settings(level=read(Processes.LOG_LEVEL), style=read(Processes.LOG_STYLE))

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Without a collected folder (an installation from a clone) files are served from where the packages keep them.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
warnings.filterwarnings("ignore", message="No directory at")
WHITENOISE_AUTOREFRESH = False

# No CORS_ALLOW_CREDENTIALS: scripts of other sites must do without the cookies of whoever runs them.
CORS_ALLOW_METHODS = ["DELETE", "GET", "POST"]
CORS_ALLOW_HEADERS = [
    *("authorization", "content-encoding", "content-type", "idempotency-key"),
    *(f"ce-{attribute}" for attribute in ("id", "source", "specversion", "subject", "time", "type")),
]
CORS_EXPOSE_HEADERS = ["Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"]
# The intake has limits of its own, which it applies while it reads.
DATA_UPLOAD_MAX_MEMORY_SIZE = read(Intake.MAX_BODY_BYTES)

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Cookies must not open the API: it has no CSRF protection.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "events.api.openapi_access.AccessSchema",
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
    "POSTPROCESSING_HOOKS": ["events.api.openapi.add_components", "events.api.openapi_access.add_refusals"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # The assets come from a package, so that the page works without the internet.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": (BASE_DIR / "config" / "swagger_ui.js").read_text(),
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

globals().update(browser_settings())
globals().update(login_settings())
globals().update(messaging.celery_settings(BROKER_URL))

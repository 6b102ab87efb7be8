"""The settings of the installation: servers, web, processes and logs. Each app declares its own in its `conf.py`."""

import os

from events.settings.kinds import SWITCH, integer, one_of, origins, secret, url, words
from events.settings.setting import AppSettings, Setting


class Servers(AppSettings):
    group = "Servers"

    DATABASE_URL = Setting(
        url("postgres", "postgresql", example="postgres://user:password@host:5432/name"),
        None,
        "PostgreSQL 15 or newer",
        default_in_words="the embedded PostgreSQL",
    )
    REDIS_URL = Setting(
        url("redis", "rediss", "unix", example="redis://host:6379/0"),
        None,
        "cache, live statistics and live feed, and the broker unless `CELERY_BROKER_URL` is set",
        default_in_words="the embedded Valkey",
    )
    CELERY_BROKER_URL = Setting(
        url("redis", "rediss", "redis+socket", "amqp", "amqps", example="redis://host:6379/0 or amqp://user@host//"),
        None,
        "the broker: Redis, or RabbitMQ (`amqp://`), which then has quorum queues",
        default_in_words="`REDIS_URL`",
    )


class Web(AppSettings):
    group = "Web"

    SECRET_KEY = Setting(
        secret("a secret text of 50 characters or more", minimum_length=50),
        None,
        "signs sessions and tokens",
        default_in_words="made once and kept in the data directory; required where `DATABASE_URL` is set",
    )
    ALLOWED_HOSTS = Setting(
        words("a list of host names"),
        ["host.docker.internal"],
        "hosts that the web server responds to; `localhost`, `127.0.0.1` and `[::1]` always are among them",
    )
    CORS_ALLOWED_ORIGINS = Setting(
        origins(), [], "origins of web pages whose scripts may call the API from other sites (CORS)"
    )
    HTTPS = Setting(
        SWITCH,
        default=False,
        meaning="`on` behind a proxy that ends TLS and sets `X-Forwarded-Proto`: redirects, secure cookies, HSTS",
    )
    HSTS_SECONDS = Setting(
        integer(0),
        365 * 24 * 3600,
        "with `HTTPS`: seconds for which a browser that was here comes back by HTTPS only; 0 does without",
    )
    HSTS_SUBDOMAINS = Setting(
        SWITCH, default=False, meaning="whether that holds for all subdomains of the host, too: other servers perhaps"
    )
    HSTS_PRELOAD = Setting(
        SWITCH, default=False, meaning="whether anybody may put the host on the list that browsers come with"
    )
    DEBUG = Setting(SWITCH, default=False, meaning="Django's debug mode, for development only")


class Admin(AppSettings):
    group = "Admin"

    ADMIN_LOGIN_ATTEMPTS = Setting(
        integer(1, 100), 5, "wrong passwords for a user name from one address, after which the two are locked out"
    )
    ADMIN_LOCKOUT_MINUTES = Setting(integer(1, 24 * 60), 15, "minutes until they may try again")
    ADMIN_SESSION_HOURS = Setting(integer(1, 24 * 30), 12, "hours after which one has to log in again")
    ADMIN_SECOND_FACTOR = Setting(
        SWITCH,
        default=False,
        meaning="whether the admin asks for a code of an authenticator app as well (`manage.py enrol_second_factor`)",
    )


class Processes(AppSettings):
    group = "Processes and logs"

    WEB_WORKERS = Setting(integer(1, 64), 2, "web processes")
    WORK_CONCURRENCY = Setting(
        integer(1, 256),
        max(2, os.cpu_count() or 2),
        "processes that persist and aggregate chunks",
        default_in_words="the number of processors, 2 at least",
    )
    LOG_LEVEL = Setting(one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "the least severe lines that are logged")
    LOG_STYLE = Setting(
        one_of("json", "text"),
        "json",
        "one JSON object a line, or sentences",
        default_in_words="`json`; `text` under `manage.py up`",
    )


class InstallationSettings(Servers, Web, Admin, Processes):
    """All of them."""


conf = InstallationSettings()

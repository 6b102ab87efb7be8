"""The product's settings with routes that fail, or send much, for the tests of the web server."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.support.web.urls"

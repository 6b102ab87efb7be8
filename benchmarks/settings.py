"""The product's settings with one more route, for the reference "empty view"."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"

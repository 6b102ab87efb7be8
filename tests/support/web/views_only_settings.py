"""The product's settings without the fast path."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = [*PRODUCT_APPS, "tests.support.web.views_only.ViewsOnlyConfig"]

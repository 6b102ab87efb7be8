"""A real browser: Debian's chromium, driven by playwright.

Where one of the two is missing, the tests are skipped; in CI they fail, since `.ci/run` installs both.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def page() -> Iterator["Page"]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright", "make browser")
    if CHROMIUM is None:
        missing("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1300, "height": 1400})
        browser.close()


def missing(program: str, cure: str) -> None:
    reason = f"There is no {program}; install it: {cure}."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)

"""What pages of documentation name exists: files, headings, commands, targets of make, tasks."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.messaging import ROUTES
from tests.support.documentation import PAGES, ROOT, name_of

LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.is_file(), target
        assert not anchor or anchor in anchors_of(file), target


def anchors_of(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


A_FILE = r"`((?:config|events|watchtime|notifications|tests|benchmarks|docs)/[\w/.*-]+|[\w/]+/test_\w+\.py)`"
BASES = (ROOT, ROOT / "tests" / "integration")
EXAMPLES = ("events/systems/weather/", "events/systems/playback/types/rating.py", "notifications/rules/come_back.py")
"""Files that a reader of a how-to makes."""


def names(page: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, page.read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_file_that_is_named_exists(page: Path) -> None:
    paths = [path for path in names(page, A_FILE) if not path.startswith(EXAMPLES)]
    assert [path for path in paths if not any(any(base.glob(path.rstrip("/"))) for base in BASES)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_command_a_target_and_a_task_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert names(page, r"manage\.py ([a-z_]+)\b") - {*get_commands()} == set()
    assert names(page, r"(?:^|`)make ([a-z]+)\b") - targets == set()
    assert names(page, r"`(events\.[a-z_]+)`") - {*ROUTES} == set()

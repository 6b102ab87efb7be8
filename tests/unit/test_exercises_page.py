"""The page of the exercises names tests that there are."""

import re

import pytest

from tests.support.documentation import ROOT

PAGE = ROOT / "docs" / "exercises.md"
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE.read_text())


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text()


def test_every_row_of_the_demands_names_a_test_or_a_page() -> None:
    demands = PAGE.read_text().split("## What the exercises ask for")[1].split("## What differs")[0]
    rows = [line for line in demands.splitlines() if line.startswith("| ") and not line.startswith("| asked for")]
    assert len(rows) > 30
    assert [row for row in rows if "::test_" not in row and "](" not in row] == []

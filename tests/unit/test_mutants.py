"""The list of mutants fits the product, its tests and its documentation; `make mutants` runs the tests against them."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.declared import ROOT, Mutant, Promise, promises
from tests.mutants.table import PAGE, page

PROMISES = list(promises())
MUTANTS = [mutant for promise in PROMISES for mutant in promise.mutants]


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def prose_of(path: Path) -> str:
    """A page without line ends and emphasis."""
    return re.sub(r"\s+", " ", text_of(path).replace("**", ""))


def test_the_text_that_a_mutant_replaces_stands_once_in_its_file() -> None:
    found = {f"{mutant.change}, in {mutant.file}": text_of(ROOT / mutant.file).count(mutant.old) for mutant in MUTANTS}
    assert {where: count for where, count in found.items() if count != 1} == {}


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if one.file.endswith(".py")], ids=lambda one: one.change)
def test_a_mutant_is_valid_code(mutant: Mutant) -> None:
    # else its test fails for another reason
    ast.parse(mutant.applied_to(text_of(ROOT / mutant.file)))


def test_the_test_that_kills_a_mutant_exists() -> None:
    missing = []
    for name in {mutant.killed_by for mutant in MUTANTS}:
        path, _, function = name.partition("::")
        file = ROOT / path
        if not (file.is_file() and f"def {function.partition('[')[0]}(" in text_of(file)):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: f"{one.area}: {one.sentence}")
def test_a_promise_stands_on_its_page(promise: Promise) -> None:
    assert promise.sentence in prose_of(ROOT / promise.page)


def test_whatever_is_said_of_transactions_and_order_has_a_mutant() -> None:
    prose = prose_of(ROOT / "docs" / "architecture.md")
    for promise in PROMISES:
        prose = prose.replace(promise.sentence, "")
    assert re.findall(r".{40}(?:one transaction|open transaction|in this order|in the order of).{40}", prose) == []


def test_the_documentation_has_the_table() -> None:
    assert page(PROMISES) == PAGE.read_text(), 'run `make mutants ARGS="--table"`'

"""What docs/testing.md says about the mutants."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from tests.mutants.declared import ROOT, Promise

PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- mutants: begin -->\n\n", "\n<!-- mutants: end -->"


def table(promises: Iterable[Promise]) -> str:
    """How many there are, and a Markdown table with a row for each promise."""
    promises = list(promises)
    count = sum(len(promise.mutants) for promise in promises)
    rows = "".join(f"| {_sentence(promise)} | {_changes(promise)} | {_tests(promise)} |\n" for promise in promises)
    return f"There are {count} mutants.\n\n| promise | what mutants do | killed by |\n|---|---|---|\n{rows}"


def page(promises: Iterable[Promise]) -> str:
    """The page with the table in its place."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table(promises) + END + after


def _sentence(promise: Promise) -> str:
    return promise.sentence.rstrip(".").replace("|", "\\|")


def _changes(promise: Promise) -> str:
    return "; ".join(mutant.change for mutant in promise.mutants).replace("|", "\\|")


def _tests(promise: Promise) -> str:
    names = (PurePath(mutant.killed_by.partition("::")[0]).stem for mutant in promise.mutants)
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))

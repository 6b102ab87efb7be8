"""The mutants as they are listed, by the promise that each of them breaks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        change: in words, what is different.
        file: path of the file.
        old: the text that is replaced; it stands there once.
        new: what stands there instead.
        killed_by: the test that fails then: `path::name`.
        own_servers: whether the test starts servers of its own, since the change is about these.
    """

    change: str
    file: str
    old: str
    new: str
    killed_by: str
    own_servers: bool = False

    def applied_to(self, text: str) -> str:
        """The file with the change."""
        return text.replace(self.old, self.new, 1)


@dataclass(frozen=True)
class Promise:
    """A sentence of the documentation, and the mutants that break it.

    Attributes:
        area: name of the file that lists it.
        sentence: as it stands on the page.
        page: path of the page.
    """

    area: str
    sentence: str
    page: str
    mutants: tuple[Mutant, ...]


def promises() -> Iterator[Promise]:
    """All of them, area by area."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for listed in tomllib.loads(path.read_text())["promise"]:
            mutants = tuple(Mutant(**mutant) for mutant in listed["mutant"])
            yield Promise(path.stem, listed["sentence"], listed.get("page", "docs/architecture.md"), mutants)

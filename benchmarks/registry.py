"""Where cases register themselves, and what they are held to. Adding one: docs/performance.md."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from benchmarks.bench import Bench


@dataclass(frozen=True)
class Goal:
    """What a measured value is held to: `value / reference` where there is a reference, else the value itself."""

    limit: float
    at_least: bool

    def is_met_by(self, figure: float) -> bool:
        """Whether `figure` is on the right side of the limit."""
        return figure >= self.limit if self.at_least else figure <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


def at_least(limit: float) -> Goal:
    """The more, the better."""
    return Goal(limit, at_least=True)


def at_most(limit: float) -> Goal:
    """The less, the better."""
    return Goal(limit, at_least=False)


@dataclass(frozen=True)
class Measured:
    """One value that a case found.

    Attributes:
        against: the key of the goal it is held to.
        value: in the case's unit.
        reference: what was measured beside it, in the same unit; None where the goal is a value of its own.
        note: what else is worth knowing, for the table.
    """

    against: str
    value: float
    reference: float | None = None
    note: str = ""


Measure: TypeAlias = Callable[["Bench"], Iterator[Measured]]


@dataclass(frozen=True)
class Case:
    """A registered case. Its results are named `<name>`, or `<name>.<key of the goal>` where that key is not empty.

    Attributes:
        long: it takes many minutes, and runs only when it is asked for.
    """

    name: str
    title: str
    unit: str
    goals: Mapping[str, Goal]
    measure: Measure
    long: bool = False

    def result_name(self, against: str) -> str:
        """The name of one of its results."""
        return f"{self.name}.{against}" if against else self.name


_cases: dict[str, Case] = {}


def case(
    name: str, title: str, *, unit: str, goals: Mapping[str, Goal], long: bool = False
) -> Callable[[Measure], Measure]:
    """Registers the decorated function, which yields one Measured for each goal.

    Raises:
        ValueError: another case has that name.
    """

    def register(measure: Measure) -> Measure:
        if name in _cases:
            raise ValueError(f"There are two cases named {name!r}.")
        _cases[name] = Case(name, title, unit, goals, measure, long)
        return measure

    return register


def all_cases() -> list[Case]:
    """Every case of `benchmarks.cases`, by name."""
    from benchmarks import cases

    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"{cases.__name__}.{module.name}")
    return sorted(_cases.values(), key=lambda found: (len(found.name), found.name))

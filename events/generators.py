"""Generators of random input: `manage.py generate` finds them in modules `generator` of installed apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeAlias

from events.registry import Registry

Event: TypeAlias = dict[str, Any]
P = ParamSpec("P")


@dataclass(frozen=True)
class Generator:
    """Random input of one system.

    Attributes:
        name: what the command line calls it.
        route: where its events go: posted there as JSON arrays, or sent by GET one by one, as query parameters.
        events: makes events without end; the same random source gives the same events. Options are keyword arguments.
        method: "POST" or "GET".
        options: what each keyword argument may be; the first one is the default.
    """

    name: str
    route: str
    events: Callable[..., Iterator[Event]]
    method: str = "POST"
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


generators: Registry[Generator] = Registry("generator", "generator")


def generator(
    name: str, *, route: str, method: str = "POST", **options: tuple[str, ...]
) -> Callable[[Callable[P, Iterator[Event]]], Callable[P, Iterator[Event]]]:
    """Registers the decorated function, which takes a `random.Random` first, as the generator of that name."""

    def register(events: Callable[P, Iterator[Event]]) -> Callable[P, Iterator[Event]]:
        generators.add(name, Generator(name, route, events, method, options))
        return events

    return register

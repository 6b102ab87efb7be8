"""What a generator is, and how `manage.py generate` and the demo find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from events.registry import Registry

Event: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Generator:
    """Random input of one system.

    Attributes:
        name: what the command line calls it.
        route: where its events go: posted there as JSON arrays, or sent by GET one by one, as query parameters.
        events: makes events without end; the same random source gives the same events.
        method: "POST" or "GET".
    """

    name: str
    route: str
    events: Callable[[Random], Iterator[Event]]
    method: str = "POST"


generators: Registry[Generator] = Registry("generator", "config.generators")


def generator(
    name: str, *, route: str, method: str = "POST"
) -> Callable[[Callable[[Random], Iterator[Event]]], Callable[[Random], Iterator[Event]]]:
    """Registers the decorated function as the generator of that name."""

    def register(events: Callable[[Random], Iterator[Event]]) -> Callable[[Random], Iterator[Event]]:
        generators.add(name, Generator(name, route, events, method))
        return events

    return register

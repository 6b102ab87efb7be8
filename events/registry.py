"""A registry of named things, filled by visible decorators and by modules that are found by themselves."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar

from events.exceptions import AlreadyRegistered, NotRegistered

T = TypeVar("T")


class Registry(Generic[T]):
    """Keeps one item per key.

    Args:
        what: what the items are, for error messages ("event type").
        package: dotted path of the package whose modules register the items.
    """

    def __init__(self, what: str, package: str) -> None:
        self.what = what
        self.package = package
        self._items: dict[str, T] = {}

    def add(self, key: str, item: T) -> None:
        """Registers `item`; raises AlreadyRegistered if the key is taken by another."""
        if key in self._items:
            raise AlreadyRegistered(
                f"The {self.what} {key!r} is registered already, by {self._items[key]!r}; choose another name."
            )
        self._items[key] = item

    def get(self, key: str) -> T:
        """The item of that key; raises NotRegistered naming the keys there are."""
        try:
            return self._items[key]
        except KeyError:
            known = ", ".join(sorted(self._items)) or "none"
            raise NotRegistered(f"There is no {self.what} {key!r}; there are: {known}.") from None

    def find(self, key: str) -> T | None:
        """The item of that key, or None."""
        return self._items.get(key)

    def remove(self, key: str) -> None:
        """Forgets an item; for tests that register one for a while."""
        self._items.pop(key, None)

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def keys(self) -> list[str]:
        """The keys, sorted."""
        return sorted(self._items)

    def load(self, *extra_modules: str) -> None:
        """Imports every module of the package, and the extra ones, so that each registers what it holds."""
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__, prefix=f"{self.package}."):
            importlib.import_module(module.name)
        for name in extra_modules:
            importlib.import_module(name)

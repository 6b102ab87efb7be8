"""A registry of named things, filled by visible decorators in modules that are found by themselves."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from events.exceptions import AlreadyRegistered, NotRegistered

T = TypeVar("T")


class Registry(Generic[T]):
    """Keeps one item per key.

    Args:
        what: what the items are, for error messages ("event type").
        found_in: the name of the module or package, in any installed app, that registers items ("types").
    """

    def __init__(self, what: str, found_in: str) -> None:
        self.what = what
        self.found_in = found_in
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

    def load(self) -> None:
        """Imports `found_in` of every installed app that has it, with its submodules: each registers its items."""
        for app in apps.get_app_configs():
            if module_has_submodule(app.module, self.found_in):
                _import_with_submodules(f"{app.name}.{self.found_in}")


def _import_with_submodules(name: str) -> None:
    module = importlib.import_module(name)
    for submodule in pkgutil.iter_modules(getattr(module, "__path__", ()), prefix=f"{name}."):
        importlib.import_module(submodule.name)

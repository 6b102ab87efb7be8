"""Settings of an app: what each may be, its default and its meaning, said in one place."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from events.exceptions import AlreadyRegistered
from events.settings.kinds import Kind

if TYPE_CHECKING:
    from django.conf import LazySettings

V = TypeVar("V")


class Setting(Generic[V]):
    """One setting of an `AppSettings`; its name there is that of the environment variable.

    Args:
        kind: what the variable may be.
        default: the value when the variable is not set.
        meaning: one line for people, with the unit.
        default_in_words: says what the default stands for, where the value itself does not.
    """

    name: str
    group: str

    def __init__(self, kind: Kind[V], default: V, meaning: str, *, default_in_words: str = "") -> None:
        self.kind = kind
        self.default = default
        self.meaning = meaning
        self.default_in_words = default_in_words

    def __set_name__(self, owner: type[AppSettings], name: str) -> None:
        self.name = name
        self.group = owner.group

    @overload
    def __get__(self, app_settings: None, owner: type[AppSettings]) -> Self: ...
    @overload
    def __get__(self, app_settings: AppSettings, owner: type[AppSettings]) -> V: ...
    def __get__(self, app_settings: AppSettings | None, owner: type[AppSettings]) -> Self | V:
        """The value that Django's settings have for it; of a class, the setting itself."""
        if app_settings is None:
            return self
        value: V = getattr(app_settings.django_settings, self.name)
        return value


class AppSettings:
    """The settings of an app. A subclass is a group of them; `group` is its heading in the documentation."""

    group: str = ""

    @cached_property
    def django_settings(self) -> LazySettings:
        """Where the values are. Imported late: `manage.py up` reads declarations and does without Django."""
        from django.conf import settings

        return settings

    @classmethod
    def declared(cls) -> Iterator[Setting[Any]]:
        """The settings of this group, or of all that it puts together, in the order of the source."""
        for part in cls.__mro__:
            yield from (value for value in vars(part).values() if isinstance(value, Setting))


def settings_declared_in(packages: Iterable[str]) -> dict[str, Setting[Any]]:
    """By name, the settings that the modules `conf` of these packages declare; not every package has one.

    Raises AlreadyRegistered when two declare the same.
    """
    found: dict[str, Setting[Any]] = {}
    for package in packages:
        if find_spec(f"{package}.conf") is None:
            continue
        for setting in type(importlib.import_module(f"{package}.conf").conf).declared():
            if setting.name in found:
                raise AlreadyRegistered(f"{package}.conf declares {setting.name}, which another app declares, too.")
            found[setting.name] = setting
    return found

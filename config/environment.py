"""Reading settings from the environment: every variable is checked, and a wrong one is named with what it may be."""

import os
from collections.abc import Mapping
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from events.settings.setting import Setting

V = TypeVar("V")


class WrongVariableError(ImproperlyConfigured):
    """An environment variable has a value that it may not have."""

    def __init__(self, setting: Setting[V], text: str) -> None:
        super().__init__(
            f"The environment variable {setting.name} is {setting.kind.quote(text)}; it may be {setting.kind.may_be}."
        )


class MissingVariableError(ImproperlyConfigured):
    """An environment variable that is needed here is not set."""

    def __init__(self, setting: Setting[V]) -> None:
        super().__init__(f"The environment variable {setting.name} is not set; it may be {setting.kind.may_be}.")


def read(setting: Setting[V], variables: Mapping[str, str] = os.environ) -> V:
    """The setting's value: the variable's, else the default. An empty variable counts as one that is not set.

    Raises WrongVariableError.
    """
    text = variables.get(setting.name, "").strip()
    if not text:
        return setting.default
    try:
        return setting.kind.parse(text)
    except ValueError:
        raise WrongVariableError(setting, text) from None

"""Reading the environment: every variable is checked, and a wrong one is named with what it may be."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
D = TypeVar("D")


class WrongVariableError(ImproperlyConfigured):
    """An environment variable has a value that it may not have."""

    def __init__(self, name: str, value: str, may_be: str) -> None:
        hidden = re.sub(r"(://[^/@]*:)[^/@]*@", r"\1***@", value)
        super().__init__(f"The environment variable {name} is {hidden!r}; it may be {may_be}.")


class MissingVariableError(ImproperlyConfigured):
    """An environment variable that has no default is not set."""

    def __init__(self, name: str, may_be: str) -> None:
        super().__init__(f"The environment variable {name} is not set; it may be {may_be}.")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a variable may be, in words, and how its text becomes a value (ValueError when it cannot)."""

    may_be: str
    parse: Callable[[str], T]


class Environment:
    """Typed access to environment variables. An empty variable counts as one that is not set."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables

    def read(self, name: str, kind: Kind[T], default: D) -> T | D:
        """The variable's value, `default` when it is not set; raises WrongVariableError."""
        text = self._variables.get(name, "").strip()
        if not text:
            return default
        try:
            return kind.parse(text)
        except ValueError:
            raise WrongVariableError(name, text, kind.may_be) from None

    def require(self, name: str, kind: Kind[T]) -> T:
        """The variable's value; raises MissingVariableError when it is not set."""
        value = self.read(name, kind, None)
        if value is None:
            raise MissingVariableError(name, kind.may_be)
        return value


def integer(minimum: int, maximum: int | None = None) -> Kind[int]:
    """A whole number within bounds, both included."""
    bounds = f"of {minimum} or more" if maximum is None else f"from {minimum} to {maximum}"

    def parse(text: str) -> int:
        value = int(text)
        if value < minimum or (maximum is not None and value > maximum):
            raise ValueError
        return value

    return Kind(f"a whole number {bounds}", parse)


def seconds(minimum: float) -> Kind[float]:
    """A number of seconds, fractions allowed."""

    def parse(text: str) -> float:
        value = float(text)
        if not minimum <= value < float("inf"):
            raise ValueError
        return value

    return Kind(f"a number of seconds of {minimum:g} or more", parse)


def fraction() -> Kind[float]:
    """A share of the whole."""

    def parse(text: str) -> float:
        value = float(text)
        if not 0 <= value <= 1:
            raise ValueError
        return value

    return Kind("a number from 0 to 1", parse)


def one_of(*choices: str) -> Kind[str]:
    """One word of a few."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return Kind(" or ".join(choices), parse)


def text(may_be: str = "any text", *, minimum_length: int = 1) -> Kind[str]:
    """Free text of a least length."""

    def parse(value: str) -> str:
        if len(value) < minimum_length:
            raise ValueError
        return value

    return Kind(may_be, parse)


def words(may_be: str) -> Kind[list[str]]:
    """A list, separated by commas."""
    return Kind(may_be, lambda value: [word.strip() for word in value.split(",") if word.strip()])


def dotted_path() -> Kind[str]:
    """The dotted path of something in Python."""

    def parse(value: str) -> str:
        parts = value.split(".")
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise ValueError
        return value

    return Kind("the dotted path of a class, such as package.module.Class", parse)


def url(*schemes: str, example: str, placeholder: str = "") -> Kind[str]:
    """An address with one of these schemes, and a placeholder if it is a template."""

    def parse(value: str) -> str:
        address = urlsplit(value)
        if address.scheme not in schemes or not (address.netloc or address.path.startswith("/")):
            raise ValueError
        _ = address.port  # raises ValueError unless it is a number up to 65535
        if placeholder and placeholder not in value:
            raise ValueError
        return value

    contains = f" that contains {placeholder}" if placeholder else ""
    return Kind(f"a URL{contains}, such as {example}", parse)


def _parse_switch(value: str) -> bool:
    if value.lower() in {"on", "true", "yes", "1"}:
        return True
    if value.lower() in {"off", "false", "no", "0"}:
        return False
    raise ValueError


SWITCH: Kind[bool] = Kind("on or off", _parse_switch)

"""The kinds of settings: what the text of an environment variable may be, and what it becomes."""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar
from urllib.parse import urlsplit

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Kind(Generic[T_co]):
    """What a variable may be, in words, and how its text becomes a value (ValueError when it cannot)."""

    may_be: str
    parse: Callable[[str], T_co]
    quote: Callable[[str], str] = repr
    """How a message quotes a wrong value. What may hold a secret is left out."""


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


def origins() -> Kind[list[str]]:
    """A list of origins of web pages."""
    listed = words("a list of origins such as https://shop.example.org")
    return Kind(listed.may_be, lambda value: [check_origin(word) for word in listed.parse(value)])


def check_origin(text: str) -> str:
    """The text, if it is what browsers send as `Origin`: scheme, host and perhaps port; else raises ValueError."""
    address = urlsplit(text)
    _ = address.port  # raises ValueError unless it is a number up to 65535
    is_web = address.scheme in {"http", "https"} and bool(address.hostname) and "@" not in text
    if not is_web or text != f"{address.scheme}://{address.netloc}".lower():
        raise ValueError
    return text


def one_of(*choices: str) -> Kind[str]:
    """One word of a few."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return Kind(" or ".join(choices), parse)


def text(may_be: str) -> Kind[str]:
    """Free text."""
    return Kind(may_be, str)


def secret(may_be: str, *, minimum_length: int = 1) -> Kind[str]:
    """A text of a least length, which no message quotes."""

    def parse(value: str) -> str:
        if len(value) < minimum_length:
            raise ValueError
        return value

    return Kind(may_be, parse, quote=lambda value: f"a text of {len(value)} characters")


def words(may_be: str) -> Kind[list[str]]:
    """A list, separated by commas."""
    return Kind(
        f"{may_be}, separated by commas", lambda value: [word.strip() for word in value.split(",") if word.strip()]
    )


def dotted_path() -> Kind[str]:
    """The dotted path of something in Python."""

    def parse(value: str) -> str:
        parts = value.split(".")
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise ValueError
        return value

    return Kind("the dotted path of a class, such as package.module.Class", parse)


def modules() -> Kind[list[str]]:
    """Dotted names of modules. They are looked for and not imported: settings must not need what needs settings."""

    def parse(value: str) -> list[str]:
        names = [name.strip() for name in value.split(",") if name.strip()]
        if not all(map(_is_there, names)):
            raise ValueError
        return names

    return Kind("a list of Python modules that can be imported, separated by commas", parse)


def _is_there(module: str) -> bool:
    path: Sequence[str] | None = None
    for name in accumulate(module.split("."), "{}.{}".format):
        found = (finder.find_spec(name, path) for finder in sys.meta_path)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is None:
            return False
        path = spec.submodule_search_locations or []
    return True


def url(*schemes: str, example: str, placeholder: str = "") -> Kind[str]:
    """An address with one of these schemes, and a placeholder if it is a template.

    Messages quote its scheme only: passwords and keys can stand anywhere in the rest.
    """

    def parse(value: str) -> str:
        address = urlsplit(value)
        is_socket = address.path.startswith("/") and not address.scheme.startswith("http")
        if address.scheme not in schemes or not (address.hostname or is_socket):
            raise ValueError
        _ = address.port  # raises ValueError unless it is a number up to 65535
        if placeholder and placeholder not in value:
            raise ValueError
        return value

    def quote(value: str) -> str:
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value)
        return f"'{scheme[0] if scheme else ''}…'"

    contains = f" that contains {placeholder}" if placeholder else ""
    return Kind(f"a URL{contains}, such as {example}", parse, quote)


def _parse_switch(value: str) -> bool:
    if value.lower() in {"on", "true", "yes", "1"}:
        return True
    if value.lower() in {"off", "false", "no", "0"}:
        return False
    raise ValueError


SWITCH: Kind[bool] = Kind("on or off", _parse_switch)

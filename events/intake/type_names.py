"""The type that an item names."""

from __future__ import annotations

import json
import re

import msgspec

from events.conf import conf
from events.exceptions import InvalidField
from events.intake.complaints import as_invalid_field
from events.types.registry import event_types, find_type

TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:\-]{0,99}")


class _TypeProbe(msgspec.Struct):
    type: object | msgspec.UnsetType = msgspec.UNSET


_probe = msgspec.json.Decoder(_TypeProbe)


def check_type_name(name: object) -> str:
    """The name of a type, if it can be one; raises InvalidField."""
    if not isinstance(name, str) or not TYPE_NAME.fullmatch(name):
        known = ", ".join(event_types.keys())
        raise InvalidField(
            "type",
            "invalid_type_name",
            f"type must be a name of 1 to 100 letters, digits and _ . : -; {name!r:.80} is not. Known types: {known}.",
        )
    return name


def type_of(raw: bytes) -> str:
    """The type that an item names; raises InvalidField if it names none, or cannot be read."""
    try:
        name = _probe.decode(raw).type
    except msgspec.MsgspecError as error:
        raise as_invalid_field(error, raw) from None
    if name is msgspec.UNSET or name is None:
        known = ", ".join(event_types.keys())
        raise InvalidField(
            "type", "required", f"type is missing; say what kind of event this is. Known types: {known}."
        )
    return check_type_name(name)


def kept_type(raw: bytes, *, of_route: str | None) -> str:
    """The type under which a rejected item is kept: the route's, else the one that it names; empty if it names none."""
    name = of_route or _named(raw)
    declared = find_type(name)
    return name if declared is None else declared.name


def _named(raw: bytes) -> str:
    """The type that an item names, a CloudEvent too, whatever else is wrong with it."""
    try:
        name = _probe.decode(raw).type
    except RecursionError:
        return ""
    except (msgspec.MsgspecError, UnicodeDecodeError):
        name = _type_among_surrogates(raw)
    return name if isinstance(name, str) and TYPE_NAME.fullmatch(name) else ""


def _type_among_surrogates(raw: bytes) -> object:
    """For half surrogate pairs, which msgspec does not read over."""
    try:
        value = json.loads(raw) if len(raw) <= conf.MAX_EVENT_BYTES else None
    except (ValueError, RecursionError):
        return None
    return value.get("type") if isinstance(value, dict) else None

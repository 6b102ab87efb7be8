"""Complaints for people: what msgspec says of wrong data, as a sentence with the field, the value and the cure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from events.exceptions import InvalidField

_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_WRONG_TYPE = re.compile(r"^Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_BOUND = re.compile(r"^Expected `(?P<kind>[^`]+)` (?P<bound>.+)$")

#: JSON's words for msgspec's.
_WORDS = {
    "int": "an integer",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "null": "null",
    "array": "an array",
    "object": "an object",
}


def as_invalid_field(error: Exception, raw: bytes, *, descriptions: Mapping[str, str] | None = None) -> InvalidField:
    """The error as one field's complaint.

    Args:
        error: what decoding or converting raised.
        raw: the event's JSON, to quote the value from.
        descriptions: what each field must be, in words.
    """
    text = str(error)
    missing = _MISSING.search(text)
    path = _path(text)
    if missing:
        field = f"{path}.{missing['field']}" if path else missing["field"]
        return InvalidField(field, "required", _sentence(f"{field} is missing", field, descriptions))
    if not path:
        return InvalidField("", "malformed", f"The event can't be read: {_reason(error)}.")
    code, problem = _problem(_PATH.sub("", text))
    return InvalidField(path, code, _sentence(f"{path} {problem}{_quote(raw, path)}", path, descriptions))


def _path(text: str) -> str:
    match = _PATH.search(text)
    return match["path"].replace("[", ".").replace("]", "").strip(".") if match else ""


def _problem(text: str) -> tuple[str, str]:
    if wrong := _WRONG_TYPE.match(text):
        return "wrong_type", f"must be {_in_words(wrong['expected'])}"
    if bound := _BOUND.match(text):
        if "length" in bound["bound"]:
            return "wrong_length", f"must be {_in_words(bound['kind'])} {bound['bound']}"
        return "out_of_range", f"must be {_in_words(bound['kind'])} {bound['bound']}"
    if "out of range" in text:
        return "out_of_range", "must be a number below 2^63 in size"
    return "invalid", f"is not valid ({text})"


def _in_words(kinds: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    text = str(error)
    if "surrogate" in text or "truncated" in text:
        return "it holds half of a surrogate pair (\\ud800 to \\udfff), which is no character"
    if "out of range" in text:
        return "it holds a number that is too large"
    return text


def _sentence(complaint: str, field: str, descriptions: Mapping[str, str] | None) -> str:
    expected = (descriptions or {}).get(field, "")
    return f"{complaint}. Send {expected}." if expected else f"{complaint}."


def _quote(raw: bytes, path: str) -> str:
    try:
        value: object = msgspec.json.decode(raw)
        for part in path.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]  # type: ignore[index]
    except (msgspec.MsgspecError, KeyError, IndexError, TypeError, ValueError):
        return ""
    quoted = msgspec.json.encode(value).decode()
    shown = quoted if len(quoted) <= 80 else f"{quoted[:80]}... ({len(quoted)} characters)"
    return f"; it is {shown}"

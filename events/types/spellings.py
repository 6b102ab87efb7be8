"""Other spellings of a type's events: of its name, of its fields, and an object in which fields may stand.

Types that declare none are not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

Fields = dict[str, msgspec.Raw]

_fields = msgspec.json.Decoder(Fields)
_encode = msgspec.json.Encoder().encode
_NULL = b"null"


@dataclass(frozen=True)
class Spellings:
    """What producers may write in place of the declared names.

    Names are the same in capitals or not, with underscores and hyphens or without: `deviceId` means `device_id`, and
    `APP_LAUNCH` means `app_launch`.

    Attributes:
        fields: further names of fields; the documentation shows the first.
        in_details: the fields that may stand in the object `details`, or beside it.
    """

    fields: Mapping[str, tuple[str, ...]]
    in_details: tuple[str, ...] = ()
    details: str = "details"

    def means(self, name: str, declared: str) -> bool:
        """Whether the type's name is spelled so."""
        return _plain(name) == _plain(declared)

    def as_declared(self, raw: bytes, *, type_name: str, names: Collection[str]) -> bytes:
        """The event's JSON with the declared names; unchanged if it has no others, or can't be read.

        What is not a name of the type stays as it is. Where a field is sent twice the declared name wins, then the
        one outside of `details`; the other is kept as it was sent.

        Args:
            names: the type's fields.
        """
        sent = _object(raw)
        if sent is None:
            return raw  # validation says what is wrong with it
        other = {name: value for name, value in sent.items() if name not in names}
        if not other and _text_of(sent.get("type")) in (None, type_name):
            return raw
        declared = {name: value for name, value in sent.items() if name in names}
        left = _place(other, self._spelled(names), into=declared)
        for name in [name for name in left if _plain(name) == _plain(self.details)]:
            if details := _object(left[name]):
                del left[name]
                if unknown := _place(details, self._spelled(self.in_details), into=declared):
                    left[name] = msgspec.Raw(_encode(unknown))
        self._declare_type(declared, type_name)
        return raw if declared | left == sent else _encode(declared | left)

    def json_schema(self, declared: Mapping[str, Any], *, type_name: str) -> dict[str, Any]:
        """The JSON Schema of the other form, out of that of the declared one."""
        outside: dict[str, Any] = {}
        inside: dict[str, Any] = {}
        for field, schema in declared["properties"].items():
            (inside if field in self.in_details else outside)[self._shown(field)] = schema
        required = [self._shown(field) for field in declared["required"] if field not in self.in_details]
        outside["type"] = {"const": type_name.upper()}
        if inside:
            must = [self._shown(field) for field in declared["required"] if field in self.in_details]
            outside[self.details] = {"type": "object", "properties": inside, "required": must}
            required += [self.details] * bool(must)
        description = f"{declared['description']} In capitals or not, in camel case or snake case."
        examples = [self.respelled(example, type_name=type_name) for example in declared.get("examples", ())]
        described = {**declared, "description": description, "properties": outside, "required": required}
        return described | {"examples": examples} if examples else described

    def respelled(self, event: Mapping[str, Any], *, type_name: str) -> dict[str, Any]:
        """An event with the declared names as the documentation shows it in the other form."""
        shown = {self._shown(field): value for field, value in event.items() if field not in self.in_details}
        inside = {self._shown(field): value for field, value in event.items() if field in self.in_details}
        return {"type": type_name.upper()} | shown | ({self.details: inside} if inside else {})

    def _spelled(self, fields: Iterable[str]) -> dict[str, str]:
        """Each of the fields by all its names."""
        return {_plain(name): field for field in fields for name in (field, *self.fields.get(field, ()))}

    def _shown(self, field: str) -> str:
        return self.fields.get(field, (field,))[0]

    def _declare_type(self, declared: Fields, type_name: str) -> None:
        name = _text_of(declared.get("type"))
        if name is not None and self.means(name, type_name):
            declared["type"] = msgspec.Raw(_encode(type_name))


def _object(raw: bytes | msgspec.Raw) -> Fields | None:
    """The fields of a JSON object; None if it is none."""
    try:
        return _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _place(sent: Fields, spelled: Mapping[str, str], *, into: Fields) -> Fields:
    """Puts what is spelled otherwise into the declared fields; what is left over."""
    left = {}
    for name, value in sent.items():
        field = spelled.get(_plain(name))
        if field is None or not _is_null(into.get(field)):
            left[name] = value
        else:
            into[field] = value
    return left


def _text_of(raw: msgspec.Raw | None) -> str | None:
    value: object = None if raw is None else msgspec.json.decode(raw)
    return value if isinstance(value, str) else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_null(raw: msgspec.Raw | None) -> bool:
    return raw is None or bytes(raw) == _NULL

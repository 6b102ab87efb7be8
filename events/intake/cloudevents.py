"""CloudEvents 1.0: an envelope around an event's data, in a body (structured, batched) or in headers (binary).

Specifications: github.com/cloudevents/spec, v1.0.2: spec.md, formats/json-format.md, bindings/http-protocol-binding.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from events.exceptions import InvalidField, MalformedBody
from events.intake.body import BATCHED, JSON, STRUCTURED
from events.intake.complaints import as_invalid_field
from events.types.base import EventType

MEDIA_TYPES = (STRUCTURED, BATCHED)
#: What no CloudEvent lacks, and hardly another event has: looking for it costs next to nothing.
MARK = b'"specversion"'
VERSION = "1.0"
#: The header that says that a request is a CloudEvent in binary mode, as WSGI spells it, and the others' beginning.
BINARY_MARK = "HTTP_CE_SPECVERSION"
_HEADER = "HTTP_CE_"

#: The data's own field that keeps the attributes that stand in for nothing.
KEPT_AS = "cloudevent"
_NOT_KEPT = frozenset({"specversion", "type", "datacontenttype", "data", "data_base64"})
_NULL = b"null"

Fields = dict[str, msgspec.Raw]
_fields = msgspec.json.Decoder(Fields)
_raw = msgspec.json.Decoder(msgspec.Raw)
_text = msgspec.json.Decoder(str)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class CloudEvent:
    """A CloudEvent whose required attributes are there.

    Attributes:
        identity: source and id, which together are its identity.
        fields: everything that it says, by name, as JSON.
    """

    type: object
    identity: tuple[str, str]
    fields: Fields

    def as_plain(self, declared: EventType) -> bytes:
        """The event's data as this type has them; `id`, `time` and `subject` stand in for what they lack.

        Raises:
            InvalidField: the data are no JSON object.
        """
        data = self._data(declared)
        stand_ins = ((declared.identity, "id"), (declared.time, "time"), (declared.user, "subject"))
        for field, attribute in stand_ins:
            if field is not None and _is_null(data.get(field)) and not _is_null(self.fields.get(attribute)):
                data[field] = self.fields[attribute]
        kept = {name: value for name, value in self.fields.items() if name not in _NOT_KEPT}
        data.setdefault(KEPT_AS, msgspec.Raw(_encode(kept)))
        return _encode(data)

    def _data(self, declared: EventType) -> Fields:
        raw = self.fields.get("data")
        if raw is None and "data_base64" in self.fields:
            try:
                data = base64.b64decode(_text.decode(self.fields["data_base64"]), validate=True)
                raw = msgspec.Raw(data.decode().encode())
            except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
                message = "data_base64 must be the Base64 of a JSON object in UTF-8."
                raise InvalidField("data_base64", "invalid", message) from None
        if _is_null(raw):
            return {}
        try:
            return _fields.decode(declared.as_declared(bytes(raw or b"{}")))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            message = "data must be a JSON object that holds the fields of the event's type."
            raise InvalidField("data", "not_an_object", message) from None


def find_cloudevent(raw: bytes, *, must_be: bool) -> CloudEvent | None:
    """The CloudEvent that an event's JSON is; None for an event without `specversion`.

    Args:
        must_be: the media type says that it is one.

    Raises:
        InvalidField: it is one, and an attribute is missing or wrong.
    """
    try:
        fields = _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid_field(error, raw) from None
    if "specversion" not in fields and not must_be:
        return None
    version = _attribute(fields, "specversion")
    if version != VERSION:
        message = f"specversion must be {VERSION!r}, the version of CloudEvents understood here; it is {version!r:.80}."
        raise InvalidField("specversion", "unsupported_version", message)
    source, event_id, type_name = (_attribute(fields, name) for name in ("source", "id", "type"))
    for name in ("subject", "time", "datacontenttype", "dataschema"):
        if not _is_null(fields.get(name)):
            _attribute(fields, name)
    return CloudEvent(type_name, (source, event_id), fields)


def from_headers(headers: Mapping[str, object], body: bytes) -> bytes:
    """A CloudEvent in binary mode as one in structured mode: attributes out of the headers, the body as its data.

    Raises:
        MalformedBody: the body is not the JSON that its Content-Type says it is.
    """
    media_type = str(headers.get("CONTENT_TYPE") or JSON).partition(";")[0].strip().lower()
    is_json = media_type == JSON or media_type.endswith("+json")
    attributes = {
        name.removeprefix(_HEADER).replace("_", "").lower(): unquote(str(value).strip())
        for name, value in headers.items()
        if name.startswith(_HEADER)
    }
    data: dict[str, object] = {}
    if body.strip():
        data = {"data": _whole(body)} if is_json else {"data_base64": base64.b64encode(body).decode()}
    return _encode({**attributes, "datacontenttype": media_type, **data})


def _whole(body: bytes) -> msgspec.Raw:
    try:
        return _raw.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(f"The body is not valid JSON: {error}.") from None


def _attribute(fields: Fields, name: str) -> str:
    raw = fields.get(name)
    if raw is None or _is_null(raw):
        raise InvalidField(name, "required", f"{name} is missing; every CloudEvent has specversion, id, source, type.")
    try:
        value = _text.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        value = ""
    if not value or "\0" in value:
        raise InvalidField(name, "wrong_type", f"{name} must be a text that is not empty.")
    return value


def _is_null(raw: msgspec.Raw | None) -> bool:
    return raw is None or bytes(raw) == _NULL

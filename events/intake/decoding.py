"""A body's bytes as items: each the JSON of one event, not looked into yet."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from events.conf import conf
from events.exceptions import BodyTooLarge, MalformedBody
from events.intake.body import BATCHED, NDJSON, STRUCTURED

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Items:
    """What a body holds.

    Attributes:
        raw: the JSON of each event, in the order sent.
        is_batch: an array, `{"events": [...]}` or NDJSON, of one or many; else one bare object.
    """

    raw: list[bytes]
    is_batch: bool


class _Envelope(msgspec.Struct):
    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_envelope = msgspec.json.Decoder(_Envelope)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_line = msgspec.json.Decoder(msgspec.Raw)


def decode_items(body: bytes, media_type: str) -> Items:
    """Splits a body into its events.

    Raises:
        MalformedBody: it is not JSON (RFC 8259), or neither an object nor an array, or holds no event.
        BodyTooLarge: it holds more than MAX_EVENTS_PER_REQUEST events.
    """
    _require_text(body)
    try:
        items = _decode_lines(body) if media_type == NDJSON else _decode_value(body)
    except RecursionError:
        raise MalformedBody("The JSON is nested too deeply.", code="too_deep") from None
    except msgspec.MsgspecError as error:
        raise MalformedBody(f"The body is not valid JSON: {error}.") from None
    if items.is_batch != (media_type == BATCHED) and media_type in {BATCHED, STRUCTURED}:
        wanted = "a JSON array of CloudEvents" if media_type == BATCHED else "one CloudEvent, a JSON object"
        raise MalformedBody(f"The body must be {wanted}, as its Content-Type says.", code="wrong_type")
    if not items.raw:
        raise MalformedBody("The request holds no event; send at least one.", code="empty")
    if len(items.raw) > conf.MAX_EVENTS_PER_REQUEST:
        raise BodyTooLarge(
            f"The request holds {len(items.raw)} events; {conf.MAX_EVENTS_PER_REQUEST} are the most. Send several.",
            code="too_many_events",
        )
    return items


def _require_text(body: bytes) -> None:
    if not body.strip():
        raise MalformedBody("The body is empty; send an event as a JSON object, or an array of them.", code="empty")
    if body.startswith(BOM):
        raise MalformedBody("The body starts with a byte order mark; send UTF-8 without one.", code="byte_order_mark")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not valid UTF-8 (byte {error.start}).", code="not_utf8") from None


def _decode_lines(body: bytes) -> Items:
    lines = (line.strip() for line in body.split(b"\n"))
    return Items([_whole(line) for line in lines if line], is_batch=True)


def _decode_value(body: bytes) -> Items:
    start = body.lstrip()[:1]
    if start == b"[":
        return Items(_decode_array(body), is_batch=True)
    if start != b"{":
        raise MalformedBody(
            f"The body is {_describe(body)}; send an event as a JSON object, or an array of them.", code="not_an_object"
        )
    whole = _whole(body)
    events = _events_of(whole)
    if events is None:
        return Items([whole.strip()], is_batch=False)
    if events.lstrip()[:1] != b"[":
        raise MalformedBody("`events` must be an array of events.", code="wrong_type", field="events")
    return Items(_decode_array(events), is_batch=True)


def _events_of(body: bytes) -> bytes | None:
    try:
        events = _envelope.decode(body).events
    except msgspec.DecodeError:
        # A lone surrogate is valid grammar; what is wrong with an item fails that item, later.
        return None
    return None if isinstance(events, msgspec.UnsetType) else bytes(events)


def _decode_array(body: bytes) -> list[bytes]:
    try:
        return [bytes(item) for item in _array.decode(body)]
    except msgspec.DecodeError:
        if b"\\u" not in body:
            raise
        return _decode_array_leniently(body.decode())


def _decode_array_leniently(text: str) -> list[bytes]:
    """For lone surrogates, which msgspec takes for an error of the whole body, and we for one of the item."""
    scan = json.JSONDecoder(parse_constant=_no_constant).raw_decode
    items = []
    try:
        position = text.index("[") + 1
        position = _skip_space(text, position)
        while text[position] != "]":
            _, end = scan(text, position)
            items.append(text[position:end].encode())
            position = _skip_space(text, end)
            if text[position] == ",":
                position = _skip_space(text, position + 1)
                if text[position] == "]":
                    raise ValueError("trailing comma in array")
            elif text[position] != "]":
                raise ValueError("expected ',' or ']'")
        if text[position + 1 :].strip():
            raise ValueError("trailing characters")
    except (ValueError, IndexError) as error:
        raise MalformedBody(f"The body is not valid JSON: {error}.") from None
    return items


def _skip_space(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _whole(body: bytes) -> bytes:
    """The body itself, once its grammar is checked."""
    try:
        _line.decode(body)
    except msgspec.DecodeError:
        if b"\\u" not in body:
            raise
        try:
            json.loads(body, parse_constant=_no_constant)
        except ValueError as error:
            raise MalformedBody(f"The body is not valid JSON: {error}.") from None
    return body


def _describe(body: bytes) -> str:
    value = msgspec.json.decode(body)
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")

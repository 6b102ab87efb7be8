"""Examples of requests, for the description of the API: each is accepted as it stands."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiExample

from events.intake.body import BATCHED, JSON, NDJSON, STRUCTURED, TEXT
from events.types.base import EventType
from events.types.registry import event_types


def types_with_example(type_name: str | None = None) -> list[EventType]:
    """The event types that declare an example, the one with the shortest first; only one, if it is named."""
    chosen = [one for one in event_types if one.example is not None and type_name in (None, one.name)]
    return sorted(chosen, key=lambda one: (len(msgspec.json.encode(one.example)), one.name))


def example_of_type(declared: EventType, *, named: bool) -> dict[str, Any]:
    """An event of the type; `named`: it says its type."""
    return ({"type": declared.name} if named else {}) | dict(declared.example or {})


def request_examples(
    types: list[EventType], *, named: bool, batches: bool, is_text: bool = False
) -> list[OpenApiExample]:
    """What may be posted to a route that takes events of these types, by media type.

    Args:
        named: each event says its type; else the route does.
        batches: several may be sent.
        is_text: they may say that they are text.
    """
    if not types:
        return []
    each = [example_of_type(one, named=named) for one in types]
    respelled = [
        (f"{one.name} in other spelling", one.spellings.respelled(one.example or {}, type_name=one.name))
        for one in types
        if one.spellings is not None and named
    ]
    several = each if len(each) > 1 else each * 2
    attributes = {"specversion": "1.0", "id": "7", "source": "/examples", "type": types[0].name}
    cloudevent = attributes | {"data": dict(types[0].example or {})}
    examples: list[tuple[str, object]] = [*zip((one.name for one in types), each, strict=True), *respelled]
    if not batches:
        return [*alternatives(JSON, *examples), *alternatives(STRUCTURED, ("CloudEvent", cloudevent))]
    text = alternatives(TEXT, ("an event", msgspec.json.encode(each[0]).decode())) if is_text else []
    lines = "\n".join(msgspec.json.encode(event).decode() for event in several)
    examples += [("several events", several), ("several events in an object", {"events": several})]
    return [
        *alternatives(JSON, *examples),
        *text,
        *alternatives(NDJSON, ("an event a line", lines)),
        *alternatives(STRUCTURED, ("CloudEvent", cloudevent)),
        *alternatives(BATCHED, ("several CloudEvents", [cloudevent, cloudevent | {"id": "8"}])),
    ]


def alternatives(media_type: str, *examples: tuple[str, object]) -> list[OpenApiExample]:
    """What may be sent as that media type, by what it is called; the first is what a form begins with.

    The first is known by the same key for every media type: Swagger UI keeps the key when the media type changes, and
    shows no example if it is not there.
    """
    keys = ["example", *(summary for summary, _ in examples[1:])]
    return [
        OpenApiExample(key, value, summary=summary, media_type=media_type, request_only=True)
        for key, (summary, value) in zip(keys, examples, strict=True)
    ]


def accepted_examples(*, batches: bool) -> list[OpenApiExample]:
    """What posting events is answered with."""
    event = "019a9f4a-a6c4-77a6-83b4-0878548789f2"
    examples = [OpenApiExample("one event", {"event": event}, media_type=JSON)]
    if batches:
        error = {"index": 1, "field": "at", "code": "out_of_range", "message": "at must be an integer >= 0; it is -1."}
        several = {"operation": event, "accepted": 2, "rejected": 1, "unsupported": 0, "errors": [error]}
        examples.append(OpenApiExample("several events", several, media_type=JSON))
    return examples

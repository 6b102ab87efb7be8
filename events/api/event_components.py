"""The event types as components of the API's description."""

from __future__ import annotations

from typing import Any

from events.types.base import EventType
from events.types.registry import event_types

Schema = dict[str, Any]

REF = "#/components/schemas/{name}"
#: An event that names its type, and one whose type the path names.
ANY_EVENT, EVENT_OF_ROUTE = "AnyEvent", "EventOfRoute"
_PREFIX = "event."


def event_components() -> Schema:
    """One component for each event type, and `AnyEvent`, which is one of them and says which."""
    described = {component_of(declared): declared.json_schema() for declared in event_types}
    spelled = {
        f"{component_of(declared)}.other_spelling": schema
        for declared in event_types
        if (schema := declared.other_json_schema()) is not None
    }
    named = [_named(component_of(declared), declared.name) for declared in event_types]
    named += [_named(name, schema["properties"]["type"]["const"]) for name, schema in spelled.items()]
    described |= spelled
    taken = [one["properties"]["type"]["const"] for one in named]
    unknown = {
        "description": "An event of a type that is not known (yet): kept, and processed once the type exists",
        "type": "object",
        "properties": {"type": {"type": "string", "not": {"enum": taken}}},
        "required": ["type"],
    }
    return described | {
        ANY_EVENT: {"description": "An event that names its type", "anyOf": [*named, unknown]},
        EVENT_OF_ROUTE: {
            "description": "An event of the type in the path",
            "anyOf": [{"$ref": REF.format(name=name)} for name in described],
        },
    }


def _named(component: str, type_name: str) -> Schema:
    """What the component describes, where it has to say which type it is of."""
    return {
        "allOf": [{"$ref": REF.format(name=component)}],
        "type": "object",
        "properties": {"type": {"const": type_name}},
        "required": ["type"],
    }


def component_of(declared: EventType) -> str:
    """The name of the component that describes an event type."""
    return f"{_PREFIX}{declared.name.replace(':', '.')}"


def type_of_component(name: str) -> str:
    """The event type that such a component describes."""
    return name.removeprefix(_PREFIX)

"""Where event types are declared, and found by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from events.conf import conf
from events.exceptions import InvalidDeclaration
from events.registry import Registry
from events.types.base import EventData, EventType
from events.types.spellings import Spellings

event_types: Registry[EventType] = Registry("event type", "types")

#: What unknown types are counted as, but for the first of them; so no type can have this name.
OTHER_TYPES = "other"

Data = TypeVar("Data", bound=EventData)


def event_type(
    name: str,
    *,
    user: str,
    item: str | None = None,
    time: str | None = None,
    identity: str | None = None,
    enrichers: tuple[str, ...] = (),
    example: Mapping[str, object] | None = None,
    shown: tuple[str, ...] = (),
    spellings: Spellings | None = None,
) -> Callable[[type[Data]], type[Data]]:
    """Registers the decorated EventData as the event type `name`; its docstring's first line describes it.

    Raises:
        InvalidDeclaration: a role names a field that the data does not have, or the name is OTHER_TYPES.
        AlreadyRegistered: the name is taken.
    """

    if name == OTHER_TYPES:
        raise InvalidDeclaration(f"No event type can be called {name!r}: unknown types are counted under that name.")

    def register(schema: type[Data]) -> type[Data]:
        for role, field in (("user", user), ("item", item), ("time", time), ("identity", identity)):
            if field is not None and field not in schema.__struct_fields__:
                raise InvalidDeclaration(
                    f"The event type {name!r} names {field!r} as its {role}, which {schema.__name__} does not have; "
                    f"it has: {', '.join(schema.__struct_fields__)}."
                )
        description = (schema.__doc__ or "").strip().partition("\n")[0]
        event_types.add(
            name,
            EventType(
                name=name,
                schema=schema,
                user=user,
                item=item,
                time=time,
                identity=identity,
                enrichers=enrichers,
                description=description,
                example=example,
                shown=shown,
                spellings=spellings,
            ),
        )
        return schema

    return register


def find_type(name: str) -> EventType | None:
    """The event type of that name, also where it is spelled otherwise; None if there is none."""
    return event_types.find(name) or next(
        (declared for declared in event_types if declared.spellings and declared.spellings.means(name, declared.name)),
        None,
    )


def load() -> None:
    """Imports every event type: those of the installed apps, and of the modules in EXTRA_EVENT_TYPES."""
    event_types.load()
    for name in conf.EXTRA_EVENT_TYPES:
        importlib.import_module(name)

"""What an event type is: the shape of its data and which fields are its user, item, time and identity.

Adding one: docs/howto/add_event_type.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, TypeVar

import msgspec

from events.exceptions import InvalidDeclaration
from events.types.registry import event_types
from events.types.times import parse_time

#: A name that ends up in an index. 255 characters of 4 bytes, twice, still fit an index row (2,704 bytes).
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255, description="text of 1 to 255 characters")]
#: The producer's own id of an event. 1 and "1" are the same id.
Identity = (
    Annotated[str, msgspec.Meta(min_length=1, max_length=255, description="text of 1 to 255 characters, or an integer")]
    | int
)
#: A moment: ISO 8601 (UTC where it names no zone) or seconds since 1970.
Timestamp = Annotated[
    str | int | float,
    msgspec.Meta(
        description="ISO 8601 such as 2026-01-31T12:00:00Z, or seconds since 1970",
        extra_json_schema={"examples": ["2026-01-31T12:00:00Z", 1769860800]},
    ),
]


class EventData(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Parent of every event type's data.

    Unknown fields are forbidden here only to notice them: validation then checks them and keeps them as data.
    """

    type: Annotated[str, msgspec.Meta(description="the event's type; not needed where the route says it")] | None = None

    def check(self) -> None:
        """Rules that concern several fields; raises events.exceptions.InvalidField."""


Data = TypeVar("Data", bound=EventData)


@dataclass(frozen=True)
class EventType:
    """One event type. `user`, `item`, `time` and `identity` are names of fields of `schema`, or None.

    Attributes:
        name: what producers write in `type`.
        schema: the shape of the data.
        user: whose event it is.
        item: what it is about (movie, game, program ...), if anything.
        time: when it happened; None, or a field left out: when it was received.
        identity: the producer's id of it; events without one are never duplicates.
        enrichers: names of the enrichers it wants.
        description: one sentence for the documentation.
    """

    name: str
    schema: type[EventData]
    user: str
    item: str | None
    time: str | None
    identity: str | None
    enrichers: tuple[str, ...]
    description: str

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[EventData]:
        return msgspec.json.Decoder(self.schema)

    @cached_property
    def field_descriptions(self) -> dict[str, str]:
        """What each field must be, in words, from the declaration."""
        properties = msgspec.json.schema(self.schema)["$defs"][self.schema.__name__]["properties"]
        return {name: prop.get("description", "") for name, prop in properties.items()}

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of its data. Fields that it does not name are allowed: they are kept."""
        schema: dict[str, Any] = msgspec.json.schema(self.schema)["$defs"][self.schema.__name__]
        del schema["additionalProperties"]
        return schema | {"title": self.name, "description": self.description}

    def decode(self, raw: bytes | msgspec.Raw) -> EventData:
        """The event's data out of its JSON; raises msgspec.ValidationError, also for an unknown field."""
        return self._decoder.decode(raw)

    def convert(self, known_fields: dict[str, object]) -> EventData:
        """The same from a decoded object; raises msgspec.ValidationError."""
        return msgspec.convert(known_fields, self.schema)

    def user_of(self, data: EventData) -> str:
        """Whose event this is."""
        return str(getattr(data, self.user))

    def item_of(self, data: EventData) -> str | None:
        """What the event is about, if anything."""
        value = getattr(data, self.item) if self.item else None
        return None if value is None else str(value)

    def time_of(self, data: EventData, *, received_at: datetime) -> datetime | None:
        """When it happened if the producer said so, else None; raises InvalidField."""
        value = getattr(data, self.time) if self.time else None
        return None if value is None else parse_time(value, field=self.time or "", received_at=received_at)

    def dedupe_key_of(self, data: EventData, time: datetime | None) -> str | None:
        """32 hex digits that two events share when they are the same event; None for one without identity.

        The time takes part where the producer sends one: ids that start again at 1 do not collide.
        """
        value = getattr(data, self.identity) if self.identity else None
        return None if value is None else self.dedupe_key(str(value), time=time)

    def dedupe_key(self, *identity: str, time: datetime | None) -> str:
        """The same out of what makes up the identity."""
        parts = (self.name, *identity, time.isoformat() if time else "")
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def event_type(
    name: str,
    *,
    user: str,
    item: str | None = None,
    time: str | None = None,
    identity: str | None = None,
    enrichers: tuple[str, ...] = (),
) -> Callable[[type[Data]], type[Data]]:
    """Registers the decorated EventData as the event type `name`; its docstring's first line describes it.

    Raises:
        InvalidDeclaration: a role names a field that the data does not have.
        AlreadyRegistered: the name is taken.
    """

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
            ),
        )
        return schema

    return register

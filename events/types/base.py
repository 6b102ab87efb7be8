"""What an event type is: the shape of its data and which fields are its user, item, time and identity.

Adding one: docs/howto/add_event_type.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

import msgspec

from events.types.spellings import Spellings
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
        example: an event, for the documentation; None: there is none.
        shown: the keys of its final form before enrichment, in order, which may name more than is declared; none: the
            declared fields.
        spellings: what producers may write in place of the declared names; None: nothing else.
    """

    name: str
    schema: type[EventData]
    user: str
    item: str | None
    time: str | None
    identity: str | None
    enrichers: tuple[str, ...]
    description: str
    example: Mapping[str, object] | None = None
    shown: tuple[str, ...] = ()
    spellings: Spellings | None = None

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[EventData]:
        return msgspec.json.Decoder(self.schema)

    @cached_property
    def _lenient_decoder(self) -> msgspec.json.Decoder[EventData]:
        lenient = msgspec.defstruct(self.schema.__name__, [], bases=(self.schema,), forbid_unknown_fields=False)
        return msgspec.json.Decoder(lenient)

    @cached_property
    def field_descriptions(self) -> dict[str, str]:
        """What each field must be, in words, from the declaration."""
        properties = msgspec.json.schema(self.schema)["$defs"][self.schema.__name__]["properties"]
        return {name: prop.get("description", "") for name, prop in properties.items()}

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of its data. Fields that it does not name are allowed: they are kept."""
        schema: dict[str, Any] = msgspec.json.schema(self.schema)["$defs"][self.schema.__name__]
        del schema["additionalProperties"]
        schema |= {"title": self.name, "description": self.description}
        if self.example is not None:
            schema["examples"] = [dict(self.example)]
            for name, value in self.example.items():
                schema["properties"][name].setdefault("examples", [value])
        return schema

    def other_json_schema(self) -> dict[str, Any] | None:
        """The JSON Schema of the form in other spellings, if there is one."""
        if self.spellings is None:
            return None
        return self.spellings.json_schema(self.json_schema(), type_name=self.name)

    def as_declared(self, raw: bytes) -> bytes:
        """The event's JSON with the declared names."""
        if self.spellings is None:
            return raw
        return self.spellings.as_declared(raw, type_name=self.name, names=self.schema.__struct_fields__)

    def decode(self, raw: bytes | msgspec.Raw) -> EventData:
        """The event's data out of its JSON; raises msgspec.ValidationError, also for an unknown field."""
        return self._decoder.decode(raw)

    def decode_known(self, raw: bytes) -> EventData:
        """The same, whatever other fields there are; raises msgspec.ValidationError."""
        return self._lenient_decoder.decode(raw)

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

    def dedupe_key_of(self, data: EventData, time: datetime | None, *, owner: str | None) -> str | None:
        """32 hex digits that two events share when they are the same event; None for one without identity.

        The time takes part where the producer sends one: ids that start again at 1 do not collide. So does the owner
        where events have one: clients do not know each other's ids.
        """
        value = getattr(data, self.identity) if self.identity else None
        return None if value is None else self.dedupe_key(str(value), time=time, owner=owner)

    def dedupe_key(self, *identity: str, time: datetime | None, owner: str | None) -> str:
        """The same out of what makes up the identity."""
        parts = (self.name, *identity, time.isoformat() if time else "", *((owner,) if owner else ()))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()

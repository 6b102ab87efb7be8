"""What an enricher is: it adds fields to events that take a look-up outside of the request.

How to write one
----------------

One file in a package `enrichers` of an installed app, found by itself::

    class AddRegion(Enricher):
        name = "region"
        source = RegionService()

        def key_of(self, event: EventToEnrich) -> str | None:
            return event.record.user

        def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
            return {"region": result.value if isinstance(result, Found) else None}

    enrichers.add(AddRegion.name, AddRegion())

and its name in the `enrichers` of the event types that want it.

What happens to a chunk
-----------------------

1. The enrichers are put in order: each comes after those it names in `after` (as far as the event's type wants them).
   Those that wait for nothing form the first round, and so on.
2. In a round every enricher names the key of each of its events (`key_of`). Each source is asked once for its
   distinct keys; remote sources of a round are asked side by side, with a deadline; no transaction is open.
3. Each enricher returns the fields of each of its events (`fields`). `event.fields` has those of earlier rounds.

What the result of a look-up leads to:

==============  ====================================================================================================
`Found`         `fields` is called with it.
`Unknown`       `fields` is called with it: the service says that there is no such thing. What that means is the
                enricher's business: an empty field, or `CannotEnrich`.
`Unavailable`   `fields` is not called. A *required* enricher's event moves to a waiting chunk of its own, which is
                tried again with growing pauses until there is a result; its neighbours go on. An *optional*
                enricher's event goes on without the fields, with the reason under `partial` (see PARTIAL); a sweep
                fills the fields in later and calls `fields` again of every enricher that comes after.
no key          (`key_of` returns None, or there is no source): `fields` is called with None.
==============  ====================================================================================================

`fields` may raise `CannotEnrich`: this one event fails for good, at once, with that code and message. The same happens
when it returns what can't be stored: values that JSON does not have, U+0000, a lone surrogate, NaN, a whole number
beyond 64 bits, or when all fields together have more than MAX_EVENT_BYTES. Money is whole smallest units, never float.

Any other exception in an enricher's code is a defect, of which nobody knows whether it passes: that event is set aside
in a chunk of its own, its neighbours go on, and it fails when it has been tried several times (docs/enrichment.md).

Enrichers must be quick, apart from their source, and keep no state: they are called from several threads, and may be
called again for the same event.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from events.enrichment.lookups.source import Found, Source, Unknown
from events.exceptions import TidemarkError
from events.records import EventRecord
from events.registry import Registry
from events.storable import NotStorable, encode_storable

#: Where an event's enrichment says what it lacks: `{"partial": {enricher's name: reason}}`.
PARTIAL = "partial"
#: The code of events whose enrichment can't be stored.
NOT_STORABLE = "not_storable"


class CannotEnrich(TidemarkError):
    """This event can't be enriched, now or later; it alone fails.

    Args:
        code: machine readable reason, for example `unknown_currency`.
        message: a sentence that names the field, the value and the cure.
        field: the field of the event that is to blame, if one is.
    """

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


@dataclass
class EventToEnrich:
    """An event while it is being enriched.

    Attributes:
        record: the event.
        fields: what has been added so far, by enrichers that come earlier.
        missing: enrichers whose look-up had no result, and why.
        encoded: what is stored with the event, as JSON; empty if that is nothing.
    """

    record: EventRecord
    fields: dict[str, object] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    encoded: bytes = b""
    _returned: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The object that the producer sent. It has been validated against its type's schema."""
        decoded: dict[str, Any] = msgspec.json.decode(self.record.data)
        return decoded

    def add(self, fields: Mapping[str, object], *, by: str) -> None:
        """Adds what the enricher `by` returned."""
        self.fields.update(fields)
        self._returned.append((by, fields))

    def encode(self, *, most_bytes: int) -> None:
        """Makes `encoded`, once all enrichers have added theirs; raises CannotEnrich if it can't be stored."""
        if not self.fields and not self.missing:
            return
        try:
            self.encoded = encode_storable({**self.fields, PARTIAL: self.missing} if self.missing else self.fields)
        except NotStorable as problem:
            raise CannotEnrich(NOT_STORABLE, self._culprit(problem)) from None
        if len(self.encoded) > most_bytes:
            sizes = {len(encode_storable(fields)): by for by, fields in self._returned}
            size = max(sizes)
            message = f"The enricher {sizes[size]} returned {size} bytes; {most_bytes} can be stored (MAX_EVENT_BYTES)."
            raise CannotEnrich(NOT_STORABLE, message)

    def _culprit(self, problem: NotStorable) -> str:
        """Which enricher returned what can't be stored, in which field, and why."""
        for by, fields in self._returned:
            for name, value in fields.items():
                try:
                    encode_storable({name: value})
                except NotStorable as its_problem:
                    return f"The enricher {by} returned a field {name!r:.80} that can't be stored: it {its_problem}."
        return f"What was added to the event can't be stored: it {problem}."


class Enricher(ABC):
    """One enricher; see the module's text.

    Attributes:
        name: as event types and `after` name it; no two enrichers share one.
        required: whether an event must not go on without it.
        after: enrichers whose fields this one reads.
        source: what it asks; None: it computes.
        kept_apart: fields that are stored with the event and not shown in the event log and the live feed.
    """

    name: ClassVar[str]
    required: ClassVar[bool] = False
    after: ClassVar[tuple[str, ...]] = ()
    source: Source | None = None
    kept_apart: ClassVar[tuple[str, ...]] = ()

    def key_of(self, event: EventToEnrich) -> str | None:
        """What to ask the source for this event; None: nothing."""
        return None

    @abstractmethod
    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """What to add to the event; may raise CannotEnrich."""


enrichers: Registry[Enricher] = Registry("enricher", "enrichers")

"""What an enricher is: it adds fields to events that take a look-up outside of the request.

How to write one
----------------

One file in this package, found by itself::

    class AddRegion(Enricher):
        name = "region"
        source = RegionService()

        def key_of(self, event: EventInHand) -> str | None:
            return event.record.user

        def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
            return {"region": answer.value if isinstance(answer, Found) else None}

    enrichers.add(AddRegion.name, AddRegion())

and its name in the `enrichers` of the event types that want it.

What happens to a chunk
-----------------------

1. The enrichers are put in order: each comes after those it names in `after` (as far as the event's type wants them).
   Those that wait for nothing form the first round, and so on.
2. In a round every enricher is asked for the key of each of its events (`key_of`). Each source is asked once for its
   distinct keys; remote sources of a round are asked side by side, with a deadline; no transaction is open.
3. Each enricher adds its fields to each of its events (`fields`). `event.fields` has what earlier rounds added.

What an answer leads to:

==============  ====================================================================================================
`Found`         `fields` is called with it.
`Unknown`       `fields` is called with it: the service has answered that there is no such thing. What that means is
                the enricher's business: an empty field, or `CannotEnrich`.
`Unavailable`   `fields` is not called. A *required* enricher's event moves to a waiting chunk of its own, which is
                tried again with growing pauses until the service answers; its neighbours go on. An *optional*
                enricher's event goes on without the fields, with the reason under `partial` (see PARTIAL); a sweep
                fills the fields in later and calls `fields` again of every enricher that comes after.
no key          (`key_of` answers None, or there is no source): `fields` is called with None.
==============  ====================================================================================================

`fields` may raise `CannotEnrich`: this one event fails for good, at once, with that code and message. Any other
exception in an enricher's code is a defect: the chunk is tried again, then taken apart until the event that does it
stands alone, and that one becomes a failed event. Enrichers must be quick, apart from their source, and
keep no state: they are called from several threads, and may be called again for the same event.

Values added must be what JSON knows (text, whole numbers, lists, objects with text keys, null); money is whole
smallest units, never float.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

import msgspec

from events.enrichers.run import LookupRun
from events.exceptions import TidemarkError
from events.records import EventRecord
from events.registry import Registry

#: Where an event's enrichment says what it lacks: `{"partial": {enricher's name: reason}}`.
PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Found:
    """The source knows the key; `value` is made of JSON's types."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """The source has answered that it does not know the key."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer could be had, for the reason given; a later attempt may succeed."""

    reason: str


Answer: TypeAlias = Found | Unknown | Unavailable


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
class EventInHand:
    """An event while it is being enriched.

    Attributes:
        record: the event.
        fields: what has been added so far, by enrichers that come earlier.
        missing: enrichers that had no answer, and why.
    """

    record: EventRecord
    fields: dict[str, object] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The object that the producer sent. It has been validated against its type's schema."""
        decoded: dict[str, Any] = msgspec.json.decode(self.record.data)
        return decoded

    @property
    def enrichment(self) -> dict[str, Any]:
        """What is stored with the event."""
        return {**self.fields, PARTIAL: self.missing} if self.missing else self.fields


class Source(ABC):
    """Answers keys.

    Attributes:
        name: in logs, metrics and Redis keys.
        remote: whether answering takes calls to another machine. A remote source is asked in a thread of its own and
            must not use the database; one that is not remote is asked in the step's thread, where it may.
    """

    name: ClassVar[str]
    remote: ClassVar[bool]

    def is_left_alone(self) -> bool:
        """Whether asking is no use at the moment: what only waits for this source need not be tried."""
        return False

    @abstractmethod
    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Answer]:
        """An answer for each of the keys, which are distinct.

        It must end by `run.deadline`, and call `run.answered(n)` as answers come in: that is the chunk's progress.
        Never raises for what a service does: that is `Unavailable`.
        """


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

    def key_of(self, event: EventInHand) -> str | None:
        """What to ask the source for this event; None: nothing."""
        return None

    @abstractmethod
    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        """What to add to the event; may raise CannotEnrich."""


enrichers: Registry[Enricher] = Registry("enricher", "events.enrichers")

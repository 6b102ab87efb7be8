"""Sorting what a request brought: what is accepted, what is of no known type, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from events.exceptions import InvalidField
from events.ids import new_ids
from events.intake.type_names import kept_type
from events.intake.validation import UnsupportedItem, validate
from events.records import EventRecord


@dataclass(frozen=True)
class RejectedItem:
    """An item that was not accepted, and why; `type` is the route's, or the one that it names."""

    index: int
    event_id: str
    raw: bytes
    type: str
    reason: InvalidField

    def as_error(self) -> dict[str, object]:
        """As it stands in an answer's `errors`."""
        reason = self.reason
        return {"index": self.index, "field": reason.field, "code": reason.code, "message": reason.message}


@dataclass
class Sorted:
    """A request's items by what is to become of them, and their owner."""

    owner: str | None
    records: list[EventRecord] = field(default_factory=list)
    unsupported: list[tuple[str, UnsupportedItem]] = field(default_factory=list)
    rejected: list[RejectedItem] = field(default_factory=list)


def sort_items(
    raw_items: Sequence[bytes],
    *,
    type_name: str | None,
    now: datetime,
    owner: str | None = None,
    are_cloudevents: bool = False,
) -> Sorted:
    """Validates each item; `type_name` is the type where the route says it."""
    items = Sorted(owner)
    for index, (raw, event_id) in enumerate(zip(raw_items, new_ids(len(raw_items)), strict=True)):
        try:
            item = validate(
                raw,
                event_id=event_id,
                received_at=now,
                type_name=type_name,
                owner=owner,
                is_cloudevent=are_cloudevents,
            )
        except InvalidField as reason:
            items.rejected.append(RejectedItem(index, event_id, raw, kept_type(raw, of_route=type_name), reason))
            continue
        if isinstance(item, UnsupportedItem):
            items.unsupported.append((event_id, item))
        else:
            items.records.append(item)
    return items

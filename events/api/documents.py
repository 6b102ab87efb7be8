"""The shapes of the API's responses, for its description: what each field is, in which unit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

Row = TypeVar("Row")
Count = Annotated[int, Meta(ge=0)]
#: The keys of `events.states.RESUMES_IN`.
FailingStep = Literal["validate", "enrich", "persist", "aggregate"]


class Page(msgspec.Struct, Generic[Row]):
    """One page of a list."""

    results: list[Row]
    next: Annotated[str | None, Meta(description="Send it as `cursor` to get the page after; null on the last")]


class ItemError(msgspec.Struct):
    """One thing that is wrong."""

    index: Annotated[int | None, Meta(description="Position of the event in the request, from 0; null: the request")]
    field: Annotated[str, Meta(description="Dotted path of the field or parameter; empty: the whole")]
    code: Annotated[str, Meta(description="Machine readable reason")]
    message: Annotated[str, Meta(description="What is wrong, and the cure")]


class Problem(msgspec.Struct):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Meta(description="Machine readable reason")]
    errors: list[ItemError]


class CloudEvent(msgspec.Struct, kw_only=True):
    """CloudEvents 1.0. `id`, `time` and `subject` stand in for the type's identity, time and user if data has none."""

    specversion: Literal["1.0"]
    id: Annotated[str, Meta(min_length=1, description="Source and id together are the event's identity")]
    source: Annotated[str, Meta(min_length=1)]
    type: Annotated[str, Meta(min_length=1, description="The event's type")]
    subject: str | UnsetType = UNSET
    time: datetime | UnsetType = UNSET
    datacontenttype: str | UnsetType = UNSET
    data: Annotated[Any, Meta(description="An object with the fields of the event's type")] = UNSET


class EventTypeSummary(msgspec.Struct):
    """An event type, and how many of its events came to which end."""

    type: str
    description: str
    supported: Annotated[bool, Meta(description="False: its events are kept until the type exists")]
    counts: dict[str, Count]
    href: str


class EventTypes(msgspec.Struct):
    """All event types that are declared, or that events came of."""

    results: list[EventTypeSummary]


class EventTypeDetails(msgspec.Struct):
    """An event type: what its events hold, and what its fields are to us."""

    type: str
    description: str
    supported: bool
    counts: dict[str, Count]
    href: str
    user: Annotated[str | None, Meta(description="The field that says whose event it is")]
    item: Annotated[str | None, Meta(description="The field that says what it is about")]
    time: Annotated[str | None, Meta(description="The field that says when it happened; null: when it was received")]
    identity: Annotated[str | None, Meta(description="The field that makes two events the same one")]
    enrichers: list[str]
    schema: Annotated[dict[str, Any] | None, Meta(description="JSON Schema 2020-12 of its data")]


class AcceptedEvent(msgspec.Struct):
    """One event was accepted: it is stored, and will be processed once."""

    event: uuid.UUID


class AcceptedEvents(msgspec.Struct):
    """Events were accepted: they are stored, and each will be processed once."""

    operation: uuid.UUID
    accepted: Count
    rejected: Count
    unsupported: Count
    errors: Annotated[list[ItemError], Meta(description="Why events were rejected; the others are accepted")]


class Failure(msgspec.Struct):
    """Why an event failed."""

    step: FailingStep
    code: str
    field: str
    message: str


class Event(msgspec.Struct):
    """An event, and what became of it."""

    id: uuid.UUID
    state: Literal["pending", "processed", "duplicate", "failed", "unsupported"]
    type: str
    received_at: datetime
    user: str | UnsetType = UNSET
    time: Annotated[datetime, Meta(description="When it happened, else when it was received")] | UnsetType = UNSET
    data: Annotated[dict[str, Any], Meta(description="As it was sent")] | UnsetType = UNSET
    enrichment: Annotated[dict[str, Any] | None, Meta(description="What was added to it")] | UnsetType = UNSET
    duplicate_of: Annotated[uuid.UUID, Meta(description="The event that a duplicate repeats")] | UnsetType = UNSET
    failure: Failure | UnsetType = UNSET


class Operation(msgspec.Struct):
    """How far a request's events have come. total = handled + failed + duplicate + cancelled, once it is done."""

    id: uuid.UUID
    state: Literal["running", "done", "cancelled"]
    progress: Annotated[int, Meta(ge=0, le=100, description="Percent, never going back; 100: totals are visible")]
    total_events: Count
    handled_events: Count
    failed_events: Count
    duplicate_events: Count
    cancelled_events: Count
    rejected_events: Count
    unsupported_events: Annotated[int, Meta(ge=0, description="They count as handled")]
    elapsed_seconds: float
    events_per_second: float
    created_at: datetime
    finished_at: datetime | None


class CancelledOperation(Operation, kw_only=True):
    """An operation that was cancelled, as far as it was not too late."""

    persisted_events: Annotated[int, Meta(ge=0, description="Stored already; they go on to their end")]


class FailedEvent(msgspec.Struct):
    """An event of an operation that failed, or an item that was rejected."""

    event: uuid.UUID
    index: int | None
    type: str
    step: FailingStep
    field: str
    code: str
    message: str
    payload: Annotated[str, Meta(description="The event as it was sent")]
    failed_at: datetime


TooLate = Annotated[
    int, Meta(ge=0, description="Of those processed: older than what was pruned of their pair, and so in no total")
]


class Ends(msgspec.Struct):
    """Events by what became of them."""

    processed_events: Count
    duplicate_events: Count
    failed_events: Count
    rejected_events: Count
    unsupported_events: Count
    cancelled_events: Count
    too_late_events: TooLate


class Statistics(msgspec.Struct):
    """Events by what became of them, exact, and what is missing from what was published."""

    total_events: Annotated[int, Meta(ge=0, description="Processed so far, of all types or of the one asked for")]
    processed_per_second: Annotated[float, Meta(ge=0, description="Over the last 60 s, or since the first event")]
    duplicate_events: Count
    failed_events: Count
    rejected_events: Count
    unsupported_events: Count
    cancelled_events: Count
    too_late_events: TooLate
    by_type: dict[str, Ends]
    pending_events: (
        Annotated[int, Meta(ge=0, description="Accepted and not processed yet; of all types only")] | UnsetType
    ) = UNSET
    drops: (
        Annotated[
            dict[str, Count] | None,
            Meta(description="Left out of live statistics, feed or event log, by reason; null: Redis is away"),
        ]
        | UnsetType
    ) = UNSET


class Health(msgspec.Struct):
    """The process lives."""

    status: Literal["ok"]


class ProcessHealth(msgspec.Struct):
    """How the worker of a queue is, or beat."""

    status: Annotated[str, Meta(description="`ok`, or what is wrong", examples=["no sign of life for 42 s"])]
    seen_seconds_ago: float | UnsetType = UNSET


class Readiness(msgspec.Struct):
    """Whether events are accepted, and processed."""

    status: Literal["ok", "degraded", "unavailable"]
    database: str
    broker: str | UnsetType = UNSET
    processes: (
        Annotated[dict[str, ProcessHealth], Meta(description="The workers by the queue they consume, and beat")]
        | UnsetType
    ) = UNSET
    services: (
        Annotated[dict[str, str], Meta(description="Outside services that are not set, and what waits meanwhile")]
        | UnsetType
    ) = UNSET


class Index(msgspec.Struct):
    """Where to look."""

    name: str
    description: str
    links: dict[str, str]

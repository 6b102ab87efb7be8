"""The engine's tables. The pipeline writes them with SQL; the models declare them, and serve the admin and the API.

What a model cannot say, the partitions of `events` and storage parameters, is SQL in the first migration. Keys compare
by bytes (`db_collation="C"`), so Python and PostgreSQL sort them alike.
"""

from events.models.chunks import Chunk, InboxEvent
from events.models.events import DedupeKey, DuplicateEvent, Event, FailedEvent, PartialEvent, UnsupportedEvent
from events.models.requests import IdempotentResponse, Operation
from events.models.retention import MonthToPrune
from events.models.tallies import EventTally, UnsupportedType

__all__ = [
    "Chunk",
    "DedupeKey",
    "DuplicateEvent",
    "Event",
    "EventTally",
    "FailedEvent",
    "IdempotentResponse",
    "InboxEvent",
    "MonthToPrune",
    "Operation",
    "PartialEvent",
    "UnsupportedEvent",
    "UnsupportedType",
]

"""The admin's pages of the pipeline: everything can be looked at, failed events can be replayed."""

from events.admin.chunks import ChunkAdmin
from events.admin.events import (
    DuplicateEventAdmin,
    EventAdmin,
    FailedEventAdmin,
    PartialEventAdmin,
    UnsupportedEventAdmin,
)
from events.admin.operations import OperationAdmin

__all__ = [
    "ChunkAdmin",
    "DuplicateEventAdmin",
    "EventAdmin",
    "FailedEventAdmin",
    "OperationAdmin",
    "PartialEventAdmin",
    "UnsupportedEventAdmin",
]

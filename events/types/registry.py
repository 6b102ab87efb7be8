"""Where the event types are found by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.conf import conf
from events.registry import Registry

if TYPE_CHECKING:
    from events.types.base import EventType

event_types: Registry[EventType] = Registry("event type", "events.types")


def load() -> None:
    """Imports every event type: those of this package and of the modules in EXTRA_EVENT_TYPES."""
    event_types.load(*conf.EXTRA_EVENT_TYPES)

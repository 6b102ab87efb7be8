"""The settings of the events app, typed, in one place. Values come from `config.settings`."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings


class EventsSettings:
    """Each name is read from Django's settings at every access; what is written here is the default."""

    #: Seconds a worker may stay silent before its chunk is given to another.
    LEASE_SECONDS: float = 6.0
    #: Seconds a chunk may stand still before the sweep announces it again; the pause doubles each time.
    SWEEP_GRACE_SECONDS: float = 5.0
    #: Longest pause between two announcements of one chunk by the sweep, in seconds.
    SWEEP_PAUSE_LIMIT_SECONDS: float = 30.0
    #: Events a chunk holds at most.
    CHUNK_SIZE: int = 1000
    #: Bytes of a request's body, unpacked.
    MAX_BODY_BYTES: int = 10 * 1024 * 1024
    #: Events of one request.
    MAX_EVENTS_PER_REQUEST: int = 10_000
    #: Bytes of one event.
    MAX_EVENT_BYTES: int = 64 * 1024
    #: Accepted events that may wait to be processed before new ones are refused.
    MAX_BACKLOG_EVENTS: int = 5_000_000
    #: Times a chunk of several events may fail before it is taken apart.
    CHUNK_ATTEMPTS: int = 2
    #: Times an event may fail, standing alone, before it is blamed; and a chunk be published in vain.
    POISON_ATTEMPTS: int = 5
    #: Which events the event log shows: `on` (all), `off`, or names of event types.
    EVENT_LOG: list[str] = ["on"]
    #: Entries of the live feed that are kept, each of up to 100 events.
    FEED_ENTRIES: int = 1000
    #: Dotted names of modules outside `events.types` that register event types.
    EXTRA_EVENT_TYPES: list[str] = []
    #: Hours an answer is kept for its Idempotency-Key.
    IDEMPOTENCY_HOURS: int = 24
    #: Days a duplicate can be asked for by its id.
    DUPLICATES_KEPT_DAYS: int = 7
    #: Months for which partitions of the events table are made ahead.
    PARTITION_MONTHS_AHEAD: int = 2
    #: Requests that may wait for an operation at the same time, per web process.
    MAX_WAITING_REQUESTS: int = 8

    #: Megabytes that the validator of ad files may use, beside what Python itself needs.
    AD_VALIDATOR_MEMORY_MB: int = 256

    def __getattribute__(self, name: str) -> Any:
        default = object.__getattribute__(self, name)
        return getattr(django_settings, name, default)


conf = EventsSettings()

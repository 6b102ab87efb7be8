"""The settings of the events app, typed, in one place. Values come from `config.settings`."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings


class AppSettings:
    """The settings of an app: each name is read from Django's at every access; what a subclass says is the default."""

    def __getattribute__(self, name: str) -> Any:
        default = object.__getattribute__(self, name)
        return getattr(django_settings, name, default)


class EventsSettings(AppSettings):
    """Intake, pipeline and what is published."""

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
    #: Where exchange rates are asked for, `?base=…&symbols=EUR` added; None: nowhere.
    EXCHANGE_RATES_URL: str | None = None
    #: What the exchange-rate service wants in the header `apikey`.
    EXCHANGE_RATES_API_KEY: str | None = None
    #: Which events the event log shows: `on` (all), `off`, or names of event types.
    EVENT_LOG: list[str] = ["on"]
    #: Entries of the live feed that are kept, each of up to 100 events.
    FEED_ENTRIES: int = 1000
    #: Dotted names of modules outside `events.types` that register event types.
    EXTRA_EVENT_TYPES: list[str] = []
    #: Hours an answer is kept for its Idempotency-Key.
    IDEMPOTENCY_HOURS: int = 24
    #: Months for which partitions of the events table are made ahead.
    PARTITION_MONTHS_AHEAD: int = 2
    #: Dotted path of a class with `get_region(user_id)` and `get_model(device_type)`; None: over HTTP.
    ENRICH_CLIENT: str | None = None
    #: Addresses of the services, templates with `{user_id}` and `{device_type}`.
    REGION_URL: str | None = None
    MODEL_URL: str | None = None
    #: Calls to one service at the same time, per worker process.
    LOOKUPS_SIDE_BY_SIDE: int = 64
    #: Seconds one call to a service may take.
    LOOKUP_TIMEOUT_SECONDS: float = 10.0
    #: Calls for one key at most: 5xx, 429, time-outs and connection errors are tried again, with growing pauses.
    LOOKUP_ATTEMPTS: int = 4
    #: Seconds all calls for one key may take together: no call begins later.
    LOOKUP_DEADLINE_SECONDS: float = 30.0
    #: Bytes of an answer at most.
    LOOKUP_MAX_ANSWER_BYTES: int = 64 * 1024
    #: Seconds an answer serves.
    LOOKUP_HIT_SECONDS: float = 3600.0
    #: Seconds "unknown" serves.
    LOOKUP_UNKNOWN_SECONDS: float = 60.0
    #: Failures in a row after which a service is left alone.
    BREAKER_FAILURES: int = 20
    #: Seconds for which it is left alone, before one trial call.
    BREAKER_SECONDS: float = 10.0
    #: Seconds a chunk's look-ups may take altogether; what has no answer by then is unavailable.
    ENRICH_DEADLINE_SECONDS: float = 300.0
    #: Longest pause, in seconds, before events that wait for an outside service are tried again.
    WAIT_LIMIT_SECONDS: float = 30.0
    #: Seconds before what an event lacks is looked up again; the pause doubles each time.
    PARTIAL_PAUSE_SECONDS: float = 5.0
    #: Longest such pause, in seconds.
    PARTIAL_LIMIT_SECONDS: float = 60.0
    #: Clients that may wait for operations at the same time, per web process.
    MAX_WAITING_CLIENTS: int = 1000

    #: Megabytes that the validator of ad files may use, beside what Python itself needs.
    AD_VALIDATOR_MEMORY_MB: int = 256


conf = EventsSettings()

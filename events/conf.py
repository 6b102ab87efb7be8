"""The settings of the engine. Those of a system are in the `conf.py` of its folder."""

from __future__ import annotations

from events.settings.kinds import integer, modules, seconds, words
from events.settings.setting import AppSettings, Setting


class Intake(AppSettings):
    group = "Intake"

    MAX_BODY_BYTES = Setting(integer(1), 10 * 1024 * 1024, "bytes of a request's body, unpacked, at most")
    MAX_EVENTS_PER_REQUEST = Setting(integer(1), 10_000, "events of one request at most")
    MAX_EVENT_BYTES = Setting(integer(1), 64 * 1024, "bytes of one event at most")
    MAX_BACKLOG_EVENTS = Setting(
        integer(1),
        5_000_000,
        "accepted events that may wait to be processed; beyond it the intake responds 503 with `Retry-After`",
    )
    IDEMPOTENCY_HOURS = Setting(integer(1), 24, "hours for which a response is kept for its `Idempotency-Key`")
    MAX_REQUESTS_UNDER_WAY = Setting(
        integer(1),
        128,
        "requests with events that a web process works on at the same time; beyond it the response is 503 with "
        "`Retry-After`",
    )
    MAX_WAITING_CLIENTS = Setting(
        integer(1), 1000, "clients that may wait for operations at the same time, per web process"
    )
    EXTRA_EVENT_TYPES = Setting(modules(), [], "modules outside the installed apps that register event types")


class Pipeline(AppSettings):
    group = "Pipeline"

    CHUNK_SIZE = Setting(integer(1, 100_000), 1000, "events of a chunk at most")
    LEASE_SECONDS = Setting(
        seconds(0.5), 6.0, "seconds a worker may be silent before its chunk is given to another worker"
    )
    SWEEP_GRACE_SECONDS = Setting(
        seconds(0),
        5.0,
        "seconds before the sweep dispatches a chunk that stands still; the pause doubles each time",
    )
    SWEEP_PAUSE_LIMIT_SECONDS = Setting(seconds(0), 30.0, "longest such pause, in seconds")
    CHUNK_ATTEMPTS = Setting(integer(1), 2, "times a chunk of several events may fail before it is split")
    POISON_ATTEMPTS = Setting(
        integer(1),
        5,
        "times an event that stands alone may fail before it becomes a failed event, "
        "and times a chunk may fail to be published",
    )
    PARTITION_MONTHS_AHEAD = Setting(
        integer(1, 120), 2, "months for which partitions of the table of events are made ahead"
    )


class Enrichment(AppSettings):
    group = "Enrichment"

    ENRICH_CONCURRENCY = Setting(
        integer(1, 256), 16, "chunks that wait for the same outside services at the same time, per worker process"
    )
    LOOKUPS_SIDE_BY_SIDE = Setting(integer(1, 1024), 64, "calls to one service at the same time, per worker process")
    LOOKUP_TIMEOUT_SECONDS = Setting(seconds(0.01), 10.0, "seconds one call may take")
    LOOKUP_ATTEMPTS = Setting(
        integer(1, 100),
        4,
        "calls for one key at most: 5xx, 429, time-outs and connection errors are tried again",
    )
    LOOKUP_DEADLINE_SECONDS = Setting(
        seconds(0.01), 30.0, "seconds all calls for one key may take together; no call begins later"
    )
    LOOKUP_MAX_RESPONSE_BYTES = Setting(integer(1), 64 * 1024, "bytes of a service's response at most")
    LOOKUP_HIT_SECONDS = Setting(seconds(0), 3600.0, "seconds for which a found value is cached")
    LOOKUP_UNKNOWN_SECONDS = Setting(seconds(0), 60.0, 'seconds for which "unknown" (404) is cached')
    BREAKER_FAILURES = Setting(
        integer(1), 20, "failures in a row after which the circuit breaker stops calls to a service"
    )
    BREAKER_SECONDS = Setting(seconds(0.1), 10.0, "seconds the circuit breaker stays open before one trial call")
    ENRICH_DEADLINE_SECONDS = Setting(
        seconds(0.1), 300.0, "seconds the look-ups of a chunk may take altogether; what is missing then is unavailable"
    )
    WAIT_LIMIT_SECONDS = Setting(
        seconds(0.1), 30.0, "longest pause, in seconds, before events that wait for a service are tried again"
    )
    PARTIAL_PAUSE_SECONDS = Setting(
        seconds(0.1),
        5.0,
        "seconds before what a partial event lacks is looked up again; the pause doubles each time",
    )
    PARTIAL_LIMIT_SECONDS = Setting(seconds(0.1), 60.0, "longest such pause, in seconds")


class Publishing(AppSettings):
    group = "Publishing"

    EVENT_LOG = Setting(
        words("on, off, or a list of event types"),
        ["on"],
        "events that workers print: all, none, or of these types",
    )
    FEED_ENTRIES = Setting(integer(1), 1000, "entries that the live feed keeps, each of up to 100 events")


class Retention(AppSettings):
    group = "Retention"

    KEEP_CHUNKS_MINUTES = Setting(
        # The rate of the last minute is computed from them.
        integer(5),
        60,
        "minutes for which the row of a chunk is kept after the chunk is published",
    )
    KEEP_OPERATIONS_DAYS = Setting(
        integer(1), 30, "days for which an operation is kept after its end, and which event a duplicate repeats"
    )
    RETENTION_DAYS = Setting(
        integer(1),
        None,
        "days for which events are kept; they go by months, as soon as a month is that old as a whole; totals stay",
        default_in_words="for ever",
    )
    DEDUPE_DAYS = Setting(
        integer(1),
        None,
        "days for which an event that is sent again is a duplicate",
        default_in_words="for ever",
    )
    KEEP_FAILED_DAYS = Setting(integer(1), 90, "days for which failed, rejected and unsupported events are kept")


class EventsSettings(Intake, Pipeline, Enrichment, Publishing, Retention):
    """All of them."""


conf = EventsSettings()

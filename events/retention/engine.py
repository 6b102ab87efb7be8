"""How long the engine keeps what it stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from events.conf import Intake, Retention
from events.database import Row, execute
from events.queries import queries
from events.records import decode_record
from events.retention.identities import OldIdentities
from events.retention.months import OldMonths
from events.retention.pruning import Age, OldRows
from events.retention.registry import pruned_table, redis_key, table


def _forget_identities(failed: Sequence[Row]) -> None:
    """The identity of a failed event stays taken, for its replay. Once that is not possible any more, the event is new
    when it is sent again."""
    records = [decode_record(record) for (record,) in failed if record is not None]
    identified = [record for record in records if record.dedupe_key is not None]
    if identified:
        execute(
            queries.forget_dedupe_keys.sql,
            {
                "keys": [record.dedupe_key for record in identified],
                "event_ids": [record.id for record in identified],
            },
        )


# Ids are UUIDv7: rows of a primary key are in the order of their receipt, so its index finds the oldest.
_OPERATIONS_AGE = Age(Retention.KEEP_OPERATIONS_DAYS, "days")
# What may still become an event goes no later than events do: no month that was pruned gets new ones.
_FAILED_AGE = Age(Retention.KEEP_FAILED_DAYS, "days", limits=(Retention.RETENTION_DAYS,))

pruned_table(
    OldMonths(age=Age(Retention.RETENTION_DAYS, "days")),
    holds="events",
    goes="never; with `RETENTION_DAYS`, a month at a time",
)
table("months_to_prune", holds="how far the pruning of a month is", goes="with the month")
pruned_table(
    OldIdentities(age=Age(Retention.DEDUPE_DAYS, "days")),
    holds="identities of events, and which event had each first",
    goes="never; with `DEDUPE_DAYS`, at that age of the event",
)
table("inbox", holds="events that were posted alone, until a chunk takes them", goes="within a second, if workers run")
table("event_tallies", holds="how many events of each type came to which end", goes="never; 16 rows a type")
table("api_keys", holds="keys that clients have, without their texts", goes="by hand")
table("unsupported_types", holds="types that nobody declared and that are counted by name", goes="never; 100 rows")
pruned_table(
    OldRows(
        table="chunks",
        age=Age(Retention.KEEP_CHUNKS_MINUTES, "minutes"),
        # A chunk without an end, or that is not published, is under way.
        condition="finished_at < %(before)s AND state = 'published'",
        position="finished_at",
        uses="chunks_finished_at",
        is_promise=True,
    ),
    holds="events on their way; the payload goes when they are published",
    goes="{age} after it is published; nothing of an operation depends on it then",
)
pruned_table(
    OldRows(
        table="operations",
        age=_OPERATIONS_AGE,
        condition="id < %(below)s AND finished_at < %(before)s",
        position="id",
        uses="operations_pkey",
    ),
    holds="requests with several events, and what became of those",
    goes="{age} after its end; then the response is 404",
)
pruned_table(
    OldRows(
        table="idempotent_responses",
        # One that has just expired may be about to be read.
        age=Age(Intake.IDEMPOTENCY_HOURS, "hours", grace=timedelta(hours=1)),
        condition="created_at < %(before)s",
        position="created_at",
        uses="idempotent_responses_created",
        is_promise=True,
    ),
    holds="responses to requests with an `Idempotency-Key`",
    goes="{age} and an hour after the request",
)
pruned_table(
    OldRows(
        table="duplicate_events",
        age=_OPERATIONS_AGE,
        condition="id < %(below)s",
        position="id",
        uses="duplicate_events_pkey",
    ),
    holds="which event a duplicate repeats",
    goes="{age} after its receipt; then `GET /v1/events/{{id}}` responds 404",
)
pruned_table(
    OldRows(
        table="failed_events",
        age=_FAILED_AGE,
        condition="id < %(below)s AND failed_at < %(before)s",
        position="id",
        uses="failed_events_pkey",
        columns="record",
        afterwards=_forget_identities,
    ),
    holds="events that failed, items that were rejected, each with its payload",
    goes="{age} after it failed last; with its identity: sent again, it is a new event",
)
pruned_table(
    OldRows(
        table="unsupported_events",
        age=_FAILED_AGE,
        condition="id < %(below)s",
        position="id",
        uses="unsupported_events_pkey",
    ),
    holds="events of unknown types, with their payloads",
    goes="{age} after its receipt",
)
pruned_table(
    OldRows(
        table="partial_events",
        age=_FAILED_AGE,
        condition="id < %(below)s",
        position="id",
        uses="partial_events_pkey",
    ),
    holds="stored events that lack something which is looked up again and again",
    goes="when it is found, or {age} after receipt: then it is not looked up any more",
)

redis_key("tidemark:drain-pending", holds="that a drain is announced", goes="when it begins; after 5 s")
redis_key("tidemark:signs-of-life", holds="when each process was seen last", goes="a day after that; a field each")
redis_key("tidemark:live:chunks", holds="chunks that are published", goes="the oldest, beyond 50,000")
redis_key("tidemark:feed", holds="final events", goes="the oldest, beyond `FEED_ENTRIES` entries of 100 events")
redis_key("tidemark:drops", holds="what could not be published", goes="never; a number for each reason")
redis_key(
    "tidemark:lookup:<service>:<key>",
    holds="results of outside services",
    goes="after `LOOKUP_HIT_SECONDS`, unknown ones after `LOOKUP_UNKNOWN_SECONDS`",
)
redis_key("tidemark:breaker:<service>", holds="that a circuit breaker is open", goes="when it closes; after an hour")
redis_key("tidemark:breaker:<service>:pause", holds="that nobody calls a service", goes="after `BREAKER_SECONDS`")
redis_key("tidemark:quota:<sender>", holds="how much a sender with a limit sent", goes="after two windows of the limit")

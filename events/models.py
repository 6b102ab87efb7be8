"""The tables of the events app. The pipeline writes them with SQL; the models serve the admin and the API's reads."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from events.ids import received_at


class ChunkState(models.TextChoices):
    """How far a chunk has come; each step moves it on by one."""

    ACCEPTED = "accepted"
    ENRICHED = "enriched"
    PERSISTED = "persisted"
    AGGREGATED = "aggregated"
    PUBLISHED = "published"


class Operation(models.Model):
    """A request with several events, and how many of them are through."""

    id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.IntegerField()
    handled = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    unsupported = models.IntegerField(default=0)

    class Meta:
        db_table = "operations"

    def __str__(self) -> str:
        return str(self.id)


class InboxEvent(models.Model):
    """An event posted alone that no chunk has taken up yet."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    record = models.TextField()

    class Meta:
        db_table = "inbox"

    def __str__(self) -> str:
        return str(self.id)


class Chunk(models.Model):
    """Events that travel through the pipeline together; the payload is emptied once they are published."""

    id = models.BigAutoField(primary_key=True)
    operation_id = models.UUIDField(null=True)
    state = models.TextField(choices=ChunkState.choices)
    size = models.IntegerField()
    payload = models.TextField()
    enrichment = models.TextField(null=True)
    types = ArrayField(models.TextField(), default=list)
    duplicates = ArrayField(models.IntegerField(), default=list)
    replayed = models.BooleanField(default=False)
    first_event_id = models.UUIDField()
    last_event_id = models.UUIDField()
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    last_traceback = models.TextField(default="")
    looked_up = models.IntegerField(default=0)
    waiting_for = models.TextField(default="")
    waits = models.IntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sweeps = models.IntegerField(default=0)
    sweep_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "chunks"

    def __str__(self) -> str:
        return f"chunk {self.pk}"


class Event(models.Model):
    """An accepted event, stored once. Partitioned by id, a UUIDv7, and so by the time of receipt."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    user_key = models.TextField("user")
    item_key = models.TextField("item", null=True)
    time = models.DateTimeField()
    chunk_id = models.BigIntegerField()
    data = models.JSONField()
    enrichment = models.JSONField(null=True)

    class Meta:
        db_table = "events"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def received_at(self) -> datetime:
        """When it was accepted, to the millisecond."""
        return received_at(uuid.UUID(str(self.id)))


class DedupeKey(models.Model):
    """An identity that has been seen, and the event that had it first."""

    key = models.UUIDField(primary_key=True)
    event_id = models.UUIDField()

    class Meta:
        db_table = "dedupe_keys"

    def __str__(self) -> str:
        return str(self.key)


class DuplicateEvent(models.Model):
    """An accepted event that repeats another and therefore counts for nothing."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    original_id = models.UUIDField()

    class Meta:
        db_table = "duplicate_events"

    def __str__(self) -> str:
        return str(self.id)


class FailedEvent(models.Model):
    """An event that could not be processed, or an item of a batch that was rejected, with the reason."""

    class Step(models.TextChoices):
        """Where it failed; a replay goes on from there."""

        VALIDATE = "validate"
        ENRICH = "enrich"
        PERSIST = "persist"
        AGGREGATE = "aggregate"

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    step = models.TextField(choices=Step.choices)
    operation_id = models.UUIDField(null=True)
    index = models.IntegerField(null=True)
    field = models.TextField(default="")
    code = models.TextField()
    message = models.TextField()
    traceback = models.TextField(default="")
    payload = models.TextField()
    record = models.TextField(null=True)
    attempts = models.IntegerField(default=0)
    failed_at = models.DateTimeField()

    class Meta:
        db_table = "failed_events"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class PartialEvent(models.Model):
    """A stored event that lacks a part of its enrichment, until the sweep has filled it in."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    missing = ArrayField(models.TextField())
    last_error = models.TextField(default="")
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()

    class Meta:
        db_table = "partial_events"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class UnsupportedEvent(models.Model):
    """An event of a type that Tidemark does not know (yet), kept as it came."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField()
    operation_id = models.UUIDField(null=True)
    payload = models.TextField()

    class Meta:
        db_table = "unsupported_events"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class EventTally(models.Model):
    """How many events of a type came to which end. Spread over slots, so that workers do not wait for one row."""

    pk = models.CompositePrimaryKey("type", "slot")
    type = models.TextField()
    slot = models.SmallIntegerField()
    processed = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    unsupported = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)

    class Meta:
        db_table = "event_tallies"

    def __str__(self) -> str:
        return f"{self.type} {self.slot}"


class Player(models.Model):
    """A player of the casino, as its events name them; kept by whoever runs the casino, read for each event."""

    id = models.BigIntegerField(primary_key=True)
    email = models.EmailField(blank=True)
    last_signed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "players"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"player #{self.pk}"


class IdempotentAnswer(models.Model):
    """What a request with an Idempotency-Key was answered."""

    pk = models.CompositePrimaryKey("principal", "route", "key")
    principal = models.TextField()
    route = models.TextField()
    key = models.TextField()
    body_hash = models.BinaryField()
    answer = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_answers"

    def __str__(self) -> str:
        return str(self.key)

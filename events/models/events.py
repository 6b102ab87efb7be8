"""What became of accepted events."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from events.ids import received_at
from events.models.choices import choices, is_one_of
from events.states import RESUMES_IN


class Event(models.Model):
    """An accepted event, stored once. Partitioned by id, a UUIDv7, and so by the time of receipt."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField(db_collation="C")
    user_key = models.TextField("user", db_collation="C")
    item_key = models.TextField("item", null=True, db_collation="C")
    time = models.DateTimeField()
    chunk_id = models.BigIntegerField()
    data = models.JSONField()
    enrichment = models.JSONField(null=True)

    class Meta:
        db_table = "events"
        indexes = [
            # A pair's observations in their order; a user's events.
            models.Index(fields=["user_key", "item_key", "time"], name="events_user_item_time"),
            # A type's newest events.
            models.Index(fields=["type", "id"], name="events_type_id"),
        ]

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
    type = models.TextField(db_collation="C")
    original_id = models.UUIDField()

    class Meta:
        db_table = "duplicate_events"

    def __str__(self) -> str:
        return str(self.id)


class FailedEvent(models.Model):
    """An event that could not be processed, or an item of a batch that was rejected, with the reason.

    Of a rejected item `owner` is whose ids it will be known by, NULL for those of all who have no key.
    """

    id = models.UUIDField(primary_key=True)
    type = models.TextField(db_collation="C")
    step = models.TextField(choices=choices(RESUMES_IN), db_collation="C")
    operation_id = models.UUIDField(null=True)
    owner = models.TextField(null=True)
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
        constraints = [
            models.CheckConstraint(condition=is_one_of("step", RESUMES_IN), name="failed_events_step_is_known")
        ]
        indexes = [
            # An operation's failures; a type's, for a replay and for the admin.
            models.Index(
                fields=["operation_id", "id"], condition=Q(operation_id__isnull=False), name="failed_events_operation"
            ),
            models.Index(fields=["type", "id"], name="failed_events_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class PartialEvent(models.Model):
    """A stored event that lacks a part of its enrichment, until the sweep has filled it in."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField(db_collation="C")
    missing = ArrayField(models.TextField())
    last_error = models.TextField()
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField()

    class Meta:
        db_table = "partial_events"
        indexes = [models.Index(fields=["next_attempt_at"], name="partial_events_next_attempt_at")]  # what is due

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class UnsupportedEvent(models.Model):
    """An event of a type that Tidemark does not know (yet), kept as it came, with its owner as a rejected item's."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField(db_collation="C")
    operation_id = models.UUIDField(null=True)
    owner = models.TextField(null=True)
    payload = models.TextField()

    class Meta:
        db_table = "unsupported_events"
        # The newest event of each type; a type's events, for a replay and for the admin.
        indexes = [models.Index(fields=["type", "id"], name="unsupported_events_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

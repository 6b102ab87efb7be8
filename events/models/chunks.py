"""Accepted events that are on their way through the pipeline."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from events.models.choices import choices, is_one_of
from events.states import PENDING, UNPUBLISHED, ChunkState


class InboxEvent(models.Model):
    """An event posted alone that no chunk has taken up yet."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField(db_collation="C")
    record = models.TextField()

    class Meta:
        db_table = "inbox"

    def __str__(self) -> str:
        return str(self.id)


def _state_is_one_of(states: Iterable[ChunkState]) -> models.GeneratedField:
    """Kept in the row, so that queries and partial indexes need not repeat the states.

    It changes more seldom than the state: an update that leaves all indexed columns alone touches no index (HOT).
    """
    return models.GeneratedField(
        expression=models.ExpressionWrapper(is_one_of("state", states), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )


class Chunk(models.Model):
    """Events that travel through the pipeline together; the payload is emptied once they are published."""

    id = models.BigAutoField(primary_key=True)
    operation_id = models.UUIDField(null=True)
    state = models.TextField(choices=choices(ChunkState), db_collation="C")
    is_pending = _state_is_one_of(PENDING)
    is_unpublished = _state_is_one_of(UNPUBLISHED)
    size = models.IntegerField()
    payload = models.TextField()
    enrichment = models.TextField(null=True)
    types = ArrayField(models.TextField(db_collation="C"))
    services = ArrayField(models.TextField(db_collation="C"))
    duplicates = ArrayField(models.IntegerField())
    replayed = models.BooleanField()
    first_event_id = models.UUIDField()
    last_event_id = models.UUIDField()
    attempts = models.IntegerField(db_default=0)
    last_error = models.TextField(db_default="")
    last_traceback = models.TextField(db_default="")
    looked_up = models.IntegerField()
    waiting_for = models.TextField()
    waits = models.IntegerField(db_default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sweeps = models.IntegerField(db_default=0)
    sweep_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "chunks"
        constraints = [
            # The columns above would take an unknown state for a chunk that is through.
            models.CheckConstraint(condition=is_one_of("state", ChunkState), name="chunks_state_is_known"),
        ]
        indexes = [
            # The backlog, and the chunk of a pending event.
            models.Index(fields=["first_event_id"], condition=Q(is_pending=True), name="chunks_pending"),
            # What the sweep looks at.
            models.Index(fields=["first_event_id"], condition=Q(is_unpublished=True), name="chunks_unpublished"),
            # An operation's progress, and its cancellation.
            models.Index(fields=["operation_id"], condition=Q(operation_id__isnull=False), name="chunks_operation"),
            # The rate of the last minute.
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="chunks_finished_at"),
        ]

    def __str__(self) -> str:
        return f"chunk {self.pk}"

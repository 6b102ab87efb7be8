"""What is kept of requests."""

from __future__ import annotations

from django.db import models


class Operation(models.Model):
    """A request with several events, and how many of them are through."""

    id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.IntegerField()
    handled = models.IntegerField()
    failed = models.IntegerField(db_default=0)
    duplicate = models.IntegerField(db_default=0)
    cancelled = models.IntegerField(db_default=0)
    rejected = models.IntegerField()
    unsupported = models.IntegerField()

    class Meta:
        db_table = "operations"

    def __str__(self) -> str:
        return str(self.id)


class IdempotentResponse(models.Model):
    """The response to a request with an Idempotency-Key."""

    pk = models.CompositePrimaryKey("principal", "route", "key")
    principal = models.TextField(db_collation="C")
    route = models.TextField(db_collation="C")
    key = models.TextField(db_collation="C")
    body_hash = models.BinaryField()
    response = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_responses"
        indexes = [models.Index(fields=["created_at"], name="idempotent_responses_created")]  # what is too old

    def __str__(self) -> str:
        return str(self.key)
